import { type Host, HostError } from '../../host/host.ts';
import {
  type BaselineEntry,
  compareBaseline,
  entryOf,
  formatBaseline,
  parseBaseline,
} from '../../lint/baseline.ts';
import type { Finding } from '../../lint/finding.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { folderOf } from './group-files.ts';

export interface BaselineUse {
  readonly findings: readonly Finding[];
  readonly known: number;
  readonly notes: readonly string[];
  readonly problems: readonly Diagnostic[];
}

/** Takes out what the baseline file knows, and tells which of its entries have gone. */
export function useBaseline(
  host: Host,
  file: string,
  findings: readonly Finding[],
  wasRead: (path: string) => boolean,
): BaselineUse {
  const entries = readBaseline(host, file);
  if (typeof entries === 'string')
    return {
      findings,
      known: 0,
      notes: [],
      problems: [{ message: entries, span: { file, start: 0, end: 0 } }],
    };
  const { fresh, known, gone } = compareBaseline(entries, findings, (path) => relative(host, file, path));
  // Of a file that was not looked at nobody knows.
  const notes = gone
    .filter((entry) => isDecided(host, file, entry, wasRead))
    .map(
      ({ check, file: path, key }) => `no longer found, and still in ${file}: ${check} in ${path} (${key})`,
    );
  return { findings: fresh, known, notes, problems: [] };
}

/** A sentence when it cannot be read. */
function readBaseline(host: Host, file: string): readonly BaselineEntry[] | string {
  try {
    const text = host.readFile(file);
    return text === undefined ? 'no such file; --update-baseline writes it' : parseBaseline(text);
  } catch (error) {
    if (error instanceof HostError) return error.message;
    throw error;
  }
}

/** Writes what is found now; entries of files that were not looked at stay. */
export function updateBaseline(
  host: Host,
  file: string,
  findings: readonly Finding[],
  wasRead: (path: string) => boolean,
): number {
  const text = host.readFile(file);
  const before = text === undefined ? [] : parseBaseline(text);
  const kept =
    typeof before === 'string' ? [] : before.filter((entry) => !isDecided(host, file, entry, wasRead));
  const entries = findings.map((finding) => entryOf(finding, (path) => relative(host, file, path)));
  host.writeFile(file, formatBaseline([...kept, ...entries]));
  return entries.length;
}

function isDecided(
  host: Host,
  baseline: string,
  { file }: BaselineEntry,
  wasRead: (path: string) => boolean,
): boolean {
  const path = host.resolvePath(folderOf(host.resolvePath(baseline)), file);
  return wasRead(path) || host.fileIdentity(path) === undefined;
}

/** The path from the baseline's folder, so that the repository may stand anywhere. */
function relative(host: Host, baseline: string, file: string): string {
  const from = folderOf(host.resolvePath(baseline)).split('/').filter(Boolean);
  const to = host.resolvePath(file).split('/').filter(Boolean);
  let same = 0;
  while (same < from.length && same < to.length - 1 && from[same] === to[same]) same += 1;
  return [...from.slice(same).map(() => '..'), ...to.slice(same)].join('/');
}
