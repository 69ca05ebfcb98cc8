import * as z from 'zod/mini';
import type { Diagnostic } from '../net/diagnostic.ts';
import { meantKey, meantValue } from './meant.ts';
import { outdented } from './outdented.ts';
import { pruneNodes } from './prune.ts';
import { quotingCure } from './quoting-cure.ts';
import { knownKeys } from './schema/known-keys.ts';
import { schemasAt } from './schema/schemas-at.ts';
import { headSpan, plainValue, type YamlEntry, type YamlNode } from './yaml-node.ts';

export interface ShapeReading {
  /** What is left when everything that was reported is taken out; absent when the whole file is of a wrong kind. */
  readonly root?: YamlNode;
  readonly diagnostics: readonly Diagnostic[];
}

/** `<<: *name` in YAML 1.1: the keys of its value became keys of the mapping. */
const MERGE_KEY = '<<';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What stands at a path: the value, with its entry and mapping when it is in one; the mapping when it is missing. */
interface Place {
  readonly node: YamlNode;
  readonly entry?: YamlEntry;
  readonly parent?: YamlNode;
  readonly missing?: string;
}

/** A file that is held against its schema, and what is found in it. */
interface Check {
  readonly root: YamlNode;
  readonly schema: z.core.$ZodType;
  readonly diagnostics: Diagnostic[];
  /** What is to be taken out. */
  readonly wrong: Set<YamlNode | YamlEntry>;
}

// Schemas are used once per start: compiling a parser for them costs more than it saves.
z.config({ jitless: true });

/** Holds a file against its schema: every refusal at its exact place, and the rest ready for the readers. */
export function checkShape(root: YamlNode, schema: z.core.$ZodType): ShapeReading {
  const result = z.safeParse(schema, plainValue(root));
  if (result.success) return { root, diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const wrong = new Set<YamlNode | YamlEntry>();
  for (const issue of result.error.issues.flatMap((found) => deepest(found, [])))
    reportIssue(issue, { root, schema, diagnostics, wrong });
  const rest = pruneNodes(root, wrong);
  return rest === undefined ? { diagnostics } : { root: rest, diagnostics };
}

/** Of a union's refusals those that got furthest into the value: the alternative that was meant. */
function deepest(issue: Issue, before: Path): Issue[] {
  const path = [...before, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ ...issue, path }];
  const branches = issue.errors.map((errors) => errors.flatMap((inner) => deepest(inner, path)));
  const depth = (issues: readonly Issue[]) =>
    Math.max(0, ...issues.map((inner) => depthOf(inner) - path.length));
  const best = branches.reduce<Issue[]>((a, b) => (depth(b) > depth(a) ? b : a), []);
  if (depth(best) > 0) return best;
  const values = branches.flat().flatMap((inner) => (inner.code === 'invalid_value' ? inner.values : []));
  return [{ code: 'invalid_value', values, path, message: issue.message, input: issue.input }];
}

/** An unknown key is one step further in than the mapping it is reported for. */
function depthOf(issue: Issue): number {
  return issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0);
}

function reportIssue(issue: Issue, check: Check): void {
  const place = placeAt(check.root, issue.path);
  if (issue.code === 'unrecognized_keys') reportUnknownKeys(issue.keys, place.node, issue.path, check);
  else if (place.missing !== undefined)
    reportMissing(place.missing, place.node, issue.path.slice(0, -1), check);
  else if (issue.code === 'invalid_key' && place.entry !== undefined)
    reportWrongKey(issue.issues[0]?.message ?? issue.message, place.entry, check);
  else reportWrongValue(issue, place, check);
}

function reportUnknownKeys(keys: readonly string[], mapping: YamlNode, path: Path, check: Check): void {
  const { schema, diagnostics, wrong } = check;
  const entries = mapping.kind === 'map' ? mapping.entries : [];
  const told = entries.flatMap((owner) => outdented(owner, mapping, schema, path));
  for (const entry of entries.filter(({ key }) => keys.includes(key.value))) {
    wrong.add(entry);
    if (!told.includes(entry.key.value))
      diagnostics.push(unknownKey(entry, mapping, knownKeys(schema, path)));
  }
}

function reportMissing(key: string, mapping: YamlNode, path: Path, check: Check): void {
  const { schema, diagnostics, wrong } = check;
  wrong.add(mapping);
  if (!isToldElsewhere(key, mapping, knownKeys(schema, path)))
    diagnostics.push({ message: `"${key}" is missing`, span: headSpan(mapping) });
}

function reportWrongKey(message: string, entry: YamlEntry, { diagnostics, wrong }: Check): void {
  wrong.add(entry);
  diagnostics.push({ message: `${message}, not "${entry.key.value}"`, span: entry.key.span });
}

function reportWrongValue(issue: Issue, place: Place, { schema, diagnostics, wrong }: Check): void {
  wrong.add(place.entry ?? place.node);
  const allowed = schemasAt(schema, issue.path);
  const cure = lacksIndentation(place, schema, issue.path)
    ? 'indent what belongs to it'
    : quotingCure(place.node, allowed);
  diagnostics.push(wrongValue(issue, place.node, allowed, cure));
}

function lacksIndentation({ entry, parent }: Place, schema: z.core.$ZodType, path: Path): boolean {
  if (entry === undefined || parent === undefined) return false;
  return outdented(entry, parent, schema, path.slice(0, -1)).length > 0;
}

function unknownKey(entry: YamlEntry, mapping: YamlNode, known: readonly string[]): Diagnostic {
  const meant = meantKey(entry.key.value, leftOut(mapping, known));
  const cure = entry.key.value === MERGE_KEY ? ': YAML 1.2 merges nothing, write the keys out' : '';
  return {
    message: `unknown key "${entry.key.value}"${cure}`,
    span: entry.key.span,
    ...(meant === undefined ? {} : { nearest: meant.text }),
  };
}

/** Whether the report of an unknown key says so already: the missing one is misspelt there, or would have to be merged. */
function isToldElsewhere(missing: string, node: YamlNode, known: readonly string[]): boolean {
  if (node.kind !== 'map') return false;
  const unknown = node.entries.map(({ key }) => key.value).filter((key) => !known.includes(key));
  return unknown.some((key) => key === MERGE_KEY || meantKey(key, leftOut(node, known))?.key === missing);
}

/** The known keys that the mapping does not have: none is meant twice. */
function leftOut(mapping: YamlNode, known: readonly string[]): readonly string[] {
  return known.filter((key) => entryOf(mapping, key) === undefined);
}

function wrongValue(
  issue: Issue,
  node: YamlNode,
  allowed: readonly z.core.$ZodType[],
  cure: string | undefined,
): Diagnostic {
  const proposal = cure === undefined ? meantValue(issue, node, allowed) : undefined;
  return {
    message: `${issue.message}, not ${describe(node)}${cure === undefined ? '' : `: ${cure}`}`,
    span: node.span,
    ...(proposal === undefined ? {} : { nearest: proposal }),
  };
}

function describe(node: YamlNode): string {
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.kind === 'map') return 'a mapping';
  return node.value === null && node.text === '' ? 'nothing' : `"${node.text}"`;
}

function placeAt(root: YamlNode, path: Path): Place {
  let place: Place = { node: root };
  for (const step of path) {
    const { node } = place;
    if (node.kind === 'list' && typeof step === 'number') {
      const item = node.items[step];
      if (item === undefined) return place;
      place = { node: item };
      continue;
    }
    const entry = entryOf(node, String(step));
    if (entry === undefined) return { node, missing: String(step) };
    place = { node: entry.value, entry, parent: node };
  }
  return place;
}

function entryOf(node: YamlNode, key: string): YamlEntry | undefined {
  return node.kind === 'map' ? node.entries.find((entry) => entry.key.value === key) : undefined;
}
