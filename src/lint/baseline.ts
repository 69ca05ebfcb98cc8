import { messageOf } from '../net/message-of.ts';
import type { Finding } from './finding.ts';

/** A finding that was there when the baseline was written, by its meaning: lines, counters and order do not matter. */
export interface BaselineEntry {
  readonly check: string;
  /** Relative to the baseline's own folder. */
  readonly file: string;
  readonly key: string;
}

interface BaselineFile {
  readonly version: 1;
  readonly findings: readonly BaselineEntry[];
}

/** Reads what `formatBaseline` wrote; a sentence when it is something else. */
export function parseBaseline(text: string): readonly BaselineEntry[] | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `this baseline is no JSON: ${messageOf(error)}`;
  }
  if (!isBaseline(json)) return 'this is no baseline of polywan lint; --update-baseline writes one';
  return json.findings.map(({ check, file, key }) => ({ check, file, key }));
}

function isBaseline(json: unknown): json is BaselineFile {
  if (typeof json !== 'object' || json === null || !('version' in json) || !('findings' in json))
    return false;
  return json.version === 1 && Array.isArray(json.findings) && json.findings.every(isEntry);
}

function isEntry(entry: unknown): entry is BaselineEntry {
  if (typeof entry !== 'object' || entry === null) return false;
  return ['check', 'file', 'key'].every((name) => typeof Reflect.get(entry, name) === 'string');
}

/** One entry a line, in an order of their own: a change of one is a change of one line. */
export function formatBaseline(entries: readonly BaselineEntry[]): string {
  const lines = [
    ...new Set(entries.map(({ check, file, key }) => JSON.stringify({ check, file, key }))),
  ].sort();
  const body = lines.map((line) => `    ${line}`).join(',\n');
  return `{\n  "version": 1,\n  "findings": [${body === '' ? '' : `\n${body}\n  `}]\n}\n`;
}

export interface BaselineComparison {
  readonly fresh: readonly Finding[];
  readonly known: number;
  /** Entries that no finding is left for. */
  readonly gone: readonly BaselineEntry[];
}

/** `nameOf` gives a finding's file as the baseline calls it. */
export function compareBaseline(
  entries: readonly BaselineEntry[],
  findings: readonly Finding[],
  nameOf: (file: string) => string,
): BaselineComparison {
  const identity = ({ check, file, key }: BaselineEntry) => JSON.stringify([check, file, key]);
  const known = new Set(entries.map(identity));
  const met = new Set<string>();
  const fresh = findings.filter((finding) => {
    const name = identity(entryOf(finding, nameOf));
    if (!known.has(name)) return true;
    met.add(name);
    return false;
  });
  return {
    fresh,
    known: findings.length - fresh.length,
    gone: entries.filter((entry) => !met.has(identity(entry))),
  };
}

export function entryOf({ check, span, key }: Finding, nameOf: (file: string) => string): BaselineEntry {
  return { check, file: nameOf(span.file), key };
}
