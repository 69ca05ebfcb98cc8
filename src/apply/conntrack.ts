import type { Host } from '../host/host.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import { formatWord, type Mark } from '../net/mark.ts';
import { pipe } from './pipe.ts';
import { Refusal } from './refusal.ts';
import { readTuple, type Tuple } from './tuple.ts';

/** The tracked connections whose connmark has this value under the mask, both families. */
export async function listByMark(host: Host, mark: Mark): Promise<readonly Tuple[]> {
  const lists = await Promise.all(FAMILIES.map((family) => run(host, family, ['-L', ...markWords(mark)])));
  return lists.flatMap(({ stdout }) => stdout.split('\n').flatMap((line) => readTuple(line) ?? []));
}

/** Ends all connections of this mark; gives how many there were. */
export async function resetByMark(host: Host, mark: Mark): Promise<number> {
  const results = await Promise.all(FAMILIES.map((family) => run(host, family, ['-D', ...markWords(mark)])));
  return results.reduce((sum, { stderr }) => sum + deleted(stderr), 0);
}

/**
 * Every delete walks the kernel's whole table (6 ms with 262,144 buckets), so all cores of a router take part.
 * `conntrack -R -`, one process for many lines, reads no pipe that Node makes (a socket).
 */
const SIDE_BY_SIDE = 16;

/** Ends these connections; gives how many of them had not ended by themselves. */
export async function resetTuples(host: Host, tuples: readonly Tuple[], mask: number): Promise<number> {
  const queue = tuples.values();
  const worker = async (): Promise<number> => {
    let count = 0;
    for (const tuple of queue) {
      const ended = await resetTuple(host, tuple, mask);
      count += ended;
    }
    return count;
  };
  const counts = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function resetTuple(host: Host, tuple: Tuple, mask: number): Promise<number> {
  const ports =
    tuple.sourcePort === undefined || tuple.destinationPort === undefined
      ? []
      : ['--sport', String(tuple.sourcePort), '--dport', String(tuple.destinationPort)];
  const words = ['-D', '-p', tuple.protocol, '-s', tuple.source, '-d', tuple.destination, ...ports];
  const mark = { value: (tuple.mark & mask) >>> 0, mask };
  const { stderr } = await run(host, tuple.family, [...words, ...markWords(mark)]);
  return deleted(stderr);
}

function markWords(mark: Mark): readonly string[] {
  return ['-m', `${formatWord(mark.value)}/${formatWord(mark.mask)}`];
}

/** `conntrack v1.4.7 (conntrack-tools): 3 flow entries have been deleted.` */
function deleted(stderr: string): number {
  return Number(/(\d+) flow entries have been deleted/.exec(stderr)?.[1] ?? 0);
}

/** Exit code 1 with a count of 0 only says that nothing matched. */
async function run(host: Host, family: Family, words: readonly string[]) {
  const result = await pipe(host, 'conntrack', ['-f', family, ...words]);
  if (result.code !== 0 && !/0 flow entries/.test(result.stderr))
    throw new Refusal(`conntrack ${words.join(' ')}: ${result.stderr.trim()}`);
  return result;
}
