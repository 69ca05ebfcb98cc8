import type { Diagnostic, Sources } from '../net/diagnostic.ts';
import { checkShape } from './check-shape.ts';
import { inOrder } from './in-order.ts';
import { readProfile } from './read/read-profile.ts';
import { profileSchema } from './schema/profile-schema.ts';
import { readYaml } from './yaml.ts';
import type { YamlNode } from './yaml-node.ts';

/** What is wrong with a profile in itself, without the site that will use it. */
export function readProfileAlone(
  file: string,
  text: string,
): { readonly diagnostics: readonly Diagnostic[]; readonly sources: Sources } {
  const yaml = readYaml(file, text);
  const diagnostics: Diagnostic[] = [...yaml.diagnostics];
  if (yaml.root !== undefined) readRoot({ file, text, root: yaml.root, diagnostics });
  return { diagnostics: inOrder(diagnostics, [file]), sources: new Map([[file, text]]) };
}

function readRoot(profile: {
  readonly file: string;
  readonly text: string;
  readonly root: YamlNode;
  readonly diagnostics: Diagnostic[];
}): void {
  const { file, text, root, diagnostics } = profile;
  const shape = checkShape(root, profileSchema());
  const told = new Set(diagnostics.map(({ span }) => span.start));
  diagnostics.push(...shape.diagnostics.filter(({ span }) => !told.has(span.start)));
  if (shape.root !== undefined) readProfile({ name: file, text, diagnostics }, shape.root);
}
