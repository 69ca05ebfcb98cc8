import type { Host, ProcessResult } from '../host/host.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import { formatWord, type Mark } from '../net/mark.ts';
import { missingProgram, pipe, saidBy } from './pipe.ts';
import { Refusal } from './refusal.ts';
import { statePath } from './state-dir.ts';
import { readTuple, type Tuple } from './tuple.ts';

/** The tracked connections whose connmark has this value under the mask. */
export async function listByMark(
  host: Host,
  mark: Mark,
  families: readonly Family[] = FAMILIES,
): Promise<readonly Tuple[]> {
  const lists = await Promise.all(families.map((family) => run(host, family, ['-L', ...markWords(mark)])));
  return lists.flatMap(({ stdout }) => stdout.split('\n').flatMap((line) => readTuple(line) ?? []));
}

/** Ends all connections of this mark; gives how many there were. */
export async function resetByMark(
  host: Host,
  mark: Mark,
  families: readonly Family[] = FAMILIES,
): Promise<number> {
  const results = await Promise.all(
    families.map((family) => runSilently(host, family, ['-D', ...markWords(mark)])),
  );
  return results.reduce((sum, { stderr }) => sum + deleted(stderr), 0);
}

/** Every delete walks the kernel's whole table (6 ms with 262,144 buckets), so all cores of a router take part. */
const SIDE_BY_SIDE = 16;

/** Deletes one process is given: a second's work, far from the time a tool may take. */
const LINES = 64;

/** Ends these connections; gives how many of them had not ended by themselves. */
export async function resetTuples(host: Host, tuples: readonly Tuple[], mask: number): Promise<number> {
  const lines = tuples.map((tuple) => `${deleteWords(tuple, mask).join(' ')}\n`);
  const shares = Array.from({ length: Math.ceil(lines.length / LINES) }, (_, at) =>
    lines.slice(at * LINES, (at + 1) * LINES),
  ).values();
  const worker = async (): Promise<number> => {
    let count = 0;
    for (const share of shares) {
      const ended = await deleteAll(host, share);
      count += ended;
    }
    return count;
  };
  const counts = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return counts.reduce((sum, count) => sum + count, 0);
}

function deleteWords(tuple: Tuple, mask: number): readonly string[] {
  const { family, protocol, source, destination, sourcePort, destinationPort } = tuple;
  const ports =
    sourcePort === undefined || destinationPort === undefined
      ? []
      : ['--sport', String(sourcePort), '--dport', String(destinationPort)];
  const mark = { value: (tuple.mark & mask) >>> 0, mask };
  const words = ['-D', '-f', family, '-p', protocol, '-s', source, '-d', destination];
  return [...words, ...ports, ...markWords(mark)];
}

/**
 * It prints what it deleted, a line each. From a file: conntrack reads no pipe that Node makes, which is a socket. The file
 * has no name by then, so that it goes with this process, and is no other's.
 */
async function deleteAll(host: Host, lines: readonly string[]): Promise<number> {
  const file = host.lendFile(statePath(host, '.'), lines.join(''));
  const result = await pipe(host, 'conntrack', ['-R', file.path]).finally(file.close);
  if (result.code !== 0) throw new Refusal(`conntrack -R: ${saidBy(result)}`);
  return result.stdout.split('\n').filter((line) => line !== '').length;
}

function markWords(mark: Mark): readonly string[] {
  return ['-m', `${formatWord(mark.value)}/${formatWord(mark.mask)}`];
}

/** `conntrack v1.4.7 (conntrack-tools): 3 flow entries have been deleted.` */
function deleted(stderr: string): number {
  return Number(/(\d+) flow entries have been deleted/.exec(stderr)?.[1] ?? 0);
}

/** It prints every connection that it deletes: with 100,000 of them, as much work for the reader as for the kernel. */
async function runSilently(host: Host, family: Family, words: readonly string[]) {
  const line = 'exec conntrack "$@" >/dev/null';
  const result = await pipe(host, 'sh', ['-c', line, 'conntrack', '-f', family, ...words]);
  // As sh says it (POSIX): 127, a command that is not there.
  if (result.code === 127) throw new Refusal(missingProgram('conntrack'));
  return checked(result, words);
}

async function run(host: Host, family: Family, words: readonly string[]) {
  return checked(await pipe(host, 'conntrack', ['-f', family, ...words]), words);
}

/** Exit code 1 with a count of 0 only says that nothing matched. */
function checked(result: ProcessResult, words: readonly string[]): ProcessResult {
  if (result.code !== 0 && !/0 flow entries/.test(result.stderr))
    throw new Refusal(`conntrack ${words.join(' ')}: ${saidBy(result)}`);
  return result;
}
