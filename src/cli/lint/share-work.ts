import type { Host } from '../../host/host.ts';
import type { LintedOne } from './lint-one.ts';
import type { PlannedMachine } from './plan-machines.ts';

/** The hidden option of polywan's own calls of itself. */
export const HELPER_OPTION = 'help-lint';

/**
 * Machines from which on another process pays: it takes a tenth of a second of processor time to start, and each machine
 * takes a few milliseconds.
 */
const WORTH_A_PROCESS = 100;

/** Beyond this the one process that gathers has too much to do. */
const MOST_HELPERS = 7;

/** What a helper is sent, on one line; what it answers is a line with a list of `LintedOne`. */
export interface Share {
  readonly machines: readonly PlannedMachine[];
}

/** Work that other processes have been given. */
export interface Shared {
  /** Whether this machine (by its place in the list) is done elsewhere. */
  readonly has: (at: number) => boolean;
  /** The answer; undefined where the helper failed, and the work is still to be done. */
  readonly result: (at: number) => Promise<LintedOne | undefined>;
}

const NOTHING_SHARED: Shared = { has: () => false, result: async () => undefined };

/** Gives every second machine (every third, with two helpers) to another process, where that pays. */
export function shareWork(host: Host, machines: readonly PlannedMachine[], from: number): Shared {
  const rest = machines.length - from;
  const helpers = Math.min(host.processors() - 1, Math.floor(rest / WORTH_A_PROCESS), MOST_HELPERS);
  if (helpers < 1) return NOTHING_SHARED;
  const ownerOf = (at: number) => (at < from ? 0 : (at - from) % (helpers + 1));
  const answers = Array.from({ length: helpers }, (_, helper) =>
    ask(host, { machines: machines.filter((_one, at) => ownerOf(at) === helper + 1) }),
  );
  return {
    has: (at) => ownerOf(at) !== 0,
    result: async (at) => {
      const answer = await answers[ownerOf(at) - 1];
      return answer?.[Math.floor((at - from) / (helpers + 1))];
    },
  };
}

async function ask(host: Host, share: Share): Promise<readonly LintedOne[] | undefined> {
  const [program, ...words] = host.self();
  const child = host.converse(program, [...words, 'lint', `--${HELPER_OPTION}`]);
  child.write(JSON.stringify(share));
  const { code, stdout } = await child.end();
  if (code !== 0) return undefined;
  try {
    const answer: unknown = JSON.parse(stdout);
    // From this very program; a list of another length is no answer to the question.
    return Array.isArray(answer) && answer.length === share.machines.length ? answer : undefined;
  } catch {
    return undefined;
  }
}
