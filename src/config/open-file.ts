import type * as z from 'zod/mini';
import type { Diagnostic } from '../net/diagnostic.ts';
import { checkShape } from './check-shape.ts';
import { type Reading, report } from './read/reading.ts';
import { readYaml } from './yaml.ts';
import type { YamlNode } from './yaml-node.ts';

/** A file that is there and cannot be read. */
export interface Unreadable {
  readonly why: string;
  /** The same where it stands behind the file's name. */
  readonly whyHere?: string;
}

/** Access to files, passed in: undefined when there is no such file or directory. */
export interface FileAccess {
  readonly read: (path: string) => string | Unreadable | undefined;
  readonly list: (directory: string) => readonly string[] | undefined;
}

/** A file that was read, as far as it could be. */
export interface OpenedFile {
  readonly reading: Reading;
  /** All that was written; absent when it is no YAML. Names that others refer to are taken from here. */
  readonly written?: YamlNode;
  /** What is right in it by the schema. */
  readonly root?: YamlNode;
}

/** What was gathered from the files of one reading of a site: their texts, and what is wrong with them. */
export interface Gathered {
  readonly sources: Map<string, string>;
  readonly diagnostics: Diagnostic[];
}

/** `name` is what the site calls it. */
export function openFile(
  { sources, diagnostics }: Gathered,
  { path, name, text }: { readonly path: string; readonly name: string; readonly text: string },
  schema: z.core.$ZodType,
): OpenedFile {
  sources.set(path, text);
  const reading: Reading = { name, text, diagnostics };
  const yaml = readYaml(path, text);
  diagnostics.push(...yaml.diagnostics);
  if (yaml.root === undefined) {
    if (yaml.diagnostics.length === 0) report(reading, { file: path, start: 0, end: 0 }, 'the file is empty');
    return { reading };
  }
  const shape = checkShape(yaml.root, schema);
  // A value that YAML already stumbled over needs no second report at the same place.
  const told = new Set(yaml.diagnostics.map(({ span }) => span.start));
  diagnostics.push(...shape.diagnostics.filter(({ span }) => !told.has(span.start)));
  return { reading, written: yaml.root, ...(shape.root === undefined ? {} : { root: shape.root }) };
}
