/** A path as a program in the repository's root calls it; one that is elsewhere stays as it is. */
export function relativePath(file: string, folder: string | undefined): string {
  const plain = file.replace(/^(?:\.\/+)+/, '');
  const root = folder === undefined || folder.endsWith('/') ? folder : `${folder}/`;
  return root !== undefined && plain.startsWith(root) ? plain.slice(root.length) : plain;
}
