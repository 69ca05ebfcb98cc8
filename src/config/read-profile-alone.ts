import type { Diagnostic, Sources } from '../net/diagnostic.ts';
import { inOrder } from './in-order.ts';
import { type Gathered, openFile } from './open-file.ts';
import { readProfile } from './read/read-profile.ts';
import { profileSchema } from './schema/profile-schema.ts';

/** What is wrong with a profile in itself, without the site that will use it. */
export function readProfileAlone(
  file: string,
  text: string,
): { readonly diagnostics: readonly Diagnostic[]; readonly sources: Sources } {
  const gathered: Gathered = { sources: new Map(), diagnostics: [] };
  const { reading, root } = openFile(gathered, { path: file, name: file, text }, profileSchema());
  if (root !== undefined) readProfile(reading, root);
  return { diagnostics: inOrder(gathered.diagnostics, [file]), sources: gathered.sources };
}
