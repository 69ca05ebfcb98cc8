import { globSource } from '../input/glob.ts';
import { claims } from './claims.ts';
import type { FoundFile } from './find-files.ts';
import { baseName } from './lint-file.ts';

/** Files that are read as one machine. */
export interface FileGroup {
  readonly name: string;
  readonly files: readonly FoundFile[];
}

/**
 * Files that are named together are one machine, and so are those of one folder; unless two of them say different things
 * about the same (two saves of the same table, two sites). Then it is a collection: the files of one folder belong
 * together, or else those that are called alike (`east.v4`, `east.v6`, `east-routes.txt`), or else none.
 */
export function groupFiles(files: readonly FoundFile[]): readonly FileGroup[] {
  const alone = files.filter(isAlone);
  const rest = withoutIncluded(files.filter((file) => !isAlone(file)));
  const named = rest.filter((file) => file.named);
  const inFolders = byKey(
    rest.filter((file) => !file.named),
    ({ file }) => folderOf(file),
  );
  return [
    ...alone.map((file) => ({ name: file.file, files: [file] })),
    ...(named.length === 0 ? [] : split(named)),
    ...inFolders.flatMap(splitFolder),
  ];
}

/** A snapshot is a whole machine by itself. */
function isAlone({ kind }: FoundFile): boolean {
  return kind.kind === 'snapshot';
}

function split(files: readonly FoundFile[]): readonly FileGroup[] {
  if (!isConflicting(files)) return [{ name: nameOf(files), files }];
  return byKey(files, ({ file }) => folderOf(file)).flatMap(splitFolder);
}

function splitFolder(files: readonly FoundFile[]): readonly FileGroup[] {
  if (!isConflicting(files)) return [{ name: nameOf(files), files }];
  const scripts = files.filter(({ kind }) => kind.kind === 'script');
  const others = files.filter(({ kind }) => kind.kind !== 'script');
  // A script beside the rules that it has made.
  if (scripts.length > 0)
    return [...scripts.map(single), ...(others.length === 0 ? [] : splitFolder(others))];
  const hooks = others.filter(({ kind }) => kind.kind === 'hooks');
  const listings = others.filter(({ kind }) => kind.kind !== 'hooks');
  if (hooks.length > 0 && listings.length > 0) return [hooks, listings].flatMap(splitFolder);
  return byKey(files, ({ file }) => stem(file)).flatMap((group) =>
    isConflicting(group) ? group.map(single) : [{ name: nameOf(group), files: group }],
  );
}

function single(file: FoundFile): FileGroup {
  return { name: file.file, files: [file] };
}

function isConflicting(files: readonly FoundFile[]): boolean {
  if (files.length < 2) return false;
  const taken = new Set<string>();
  const parted = new Set<string>();
  for (const file of files) {
    const { whole, parts } = claims(file);
    if (whole.some((claim) => taken.has(claim) || parted.has(claim))) return true;
    if (parts.some((claim) => taken.has(claim))) return true;
    for (const claim of whole) taken.add(claim);
    for (const claim of parts) parted.add(claim);
  }
  return false;
}

/** Files that others include are read where they are included. */
function withoutIncluded(files: readonly FoundFile[]): readonly FoundFile[] {
  const included = files.flatMap(({ file, text, kind }) =>
    kind.kind === 'nft-text' ? includedBy(file, text) : [],
  );
  return files.filter(
    ({ file, kind }) => kind.kind !== 'nft-text' || !included.some((path) => path.test(file)),
  );
}

function includedBy(file: string, text: string): readonly RegExp[] {
  return [...text.matchAll(/^[ \t]*include[ \t]+"([^"\n]+)"/gm)].map(([, path = '']) => {
    const folder = folderOf(file) === '.' ? '' : `${folderOf(file)}/`;
    // A repository keeps /etc/nftables.d as etc/nftables.d.
    const [lead, rest] = path.startsWith('/')
      ? ['(?:.*/)?', path.slice(1)]
      : ['', folder + path.replace(/^\.\//, '')];
    return new RegExp(`^${lead}${globSource(rest)}$`);
  });
}

const SUFFIX =
  /[-_. ](?:v4|v6|ipv4|ipv6|ip4|ip6|4|6|iptables|ip6tables|iptables-save|ip6tables-save|nft|nftables|ruleset|rules?|routes?|ip-rules?|ip-routes?|rt_tables|links?|addresses|addrs?|sysctls?|ipsets?|sets|save|saved|conf|txt|json|list|dump|sh|yaml|yml)$/i;

/** A file's name without what tells its kind: what the files of one machine have in common. */
function stem(file: string): string {
  let name = baseName(file);
  for (let shorter = name.replace(SUFFIX, ''); shorter !== name; shorter = name.replace(SUFFIX, ''))
    name = shorter;
  return name;
}

function nameOf(files: readonly FoundFile[]): string {
  const folders = new Set(files.map(({ file }) => folderOf(file)));
  const [first] = files;
  if (files.length === 1 && first !== undefined) return first.file;
  const [folder = '.'] = folders;
  return folders.size === 1 && files.every((file) => !file.named)
    ? folder
    : files.map(({ file }) => file).join(', ');
}

export function folderOf(file: string): string {
  const at = file.lastIndexOf('/');
  return at === -1 ? '.' : file.slice(0, at) || '/';
}

function byKey<T>(items: readonly T[], key: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
