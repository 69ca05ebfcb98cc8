import type { Conversation, Host } from '../../host/host.ts';
import { lineSplitter } from '../../host/line-splitter.ts';
import { type NeighbourLine, parseNeighbourLine } from './neighbour-line.ts';
import type { Answer } from './periodic.ts';

/** Asks the kernel to ask gateways for their link-layer address (ARP, or neighbour solicitation). */
export interface Neighbours {
  ask(gateway: string, device: string, timeoutMs: number): Promise<Answer>;
  /** Nobody asks any more, for now: no process stays for it. */
  standDown(): void;
  stop(): void;
}

/**
 * The kernel's pace for repeated requests (net.ipv4.neigh.*.retrans_time_ms): asked more often it sends no more. It must
 * not be hurried: only after its own three misses it forgets an address that no longer holds, and asks everybody.
 */
export const SLOWEST_ASK_MS = 1000;

/**
 * One `ip` that asks and one that listens, for all gateways. Traffic goes on meanwhile. `use` has the kernel look for an
 * address that it does not know, `nud probe` has it verify one that it does; for one that it does not, `ip` would end at
 * that, so it is shown first what is known.
 */
export function startNeighbours(host: Host): Neighbours {
  let asker: Conversation | undefined;
  let listener: Conversation | undefined;
  let stopped = false;
  const waiting = new Map<string, Set<(answer: Answer) => void>>();
  /** Of these the kernel knew the address when they were last heard of. */
  const known = new Set<string>();
  const settle = (key: string, answer: Answer): void => {
    const all = waiting.get(key);
    waiting.delete(key);
    for (const done of all ?? []) done(answer);
  };
  const hearChange = ({ key, state }: NeighbourLine): void => {
    if (state === 'reachable') known.add(key);
    else if (state !== 'known') known.delete(key);
    if (state === 'reachable') settle(key, 'well');
    else if (state === 'failed') settle(key, 'silent');
  };
  const hearShown = ({ key, state }: NeighbourLine): void => {
    if ((state === 'reachable' || state === 'known') && waiting.has(key)) verify(key);
  };
  const verify = (key: string): void => tellAsker(`neigh change ${key} nud probe\n`);
  const question = (key: string): void => {
    if (known.has(key)) verify(key);
    else tellAsker(`neigh replace ${key} use\nneigh show to ${key.slice(0, key.indexOf(' '))}\n`);
  };
  const tellAsker = (text: string): void => {
    asker ??= startChild(host, ['-o', '-force', '-batch', '-'], hearShown, (child) => {
      if (asker === child) asker = undefined;
      // Of something that it was to verify the address was not known any more.
      known.clear();
    });
    asker.write(text);
  };
  const standDown = (): void => {
    for (const key of [...waiting.keys()]) settle(key, 'unsent');
    for (const child of [listener, asker]) child?.kill();
    // A question that comes before they have ended is not theirs; and what changes meanwhile nobody hears.
    listener = undefined;
    asker = undefined;
    known.clear();
  };
  return {
    ask: (gateway, device, timeoutMs) => {
      if (stopped) return Promise.resolve('unsent');
      listener ??= startChild(host, ['-o', 'monitor', 'neigh'], hearChange, (child) => {
        if (listener === child) listener = undefined;
      });
      const key = `${gateway} dev ${device}`;
      return new Promise((done) => {
        const end = (answer: Answer): void => {
          cancel();
          waiting.get(key)?.delete(end);
          done(answer);
        };
        const cancel = host.after(timeoutMs, () => end('silent'));
        waiting.set(key, (waiting.get(key) ?? new Set()).add(end));
        question(key);
      });
    },
    standDown,
    stop: () => {
      stopped = true;
      standDown();
    },
  };
}

function startChild(
  host: Host,
  words: readonly string[],
  hear: (line: NeighbourLine) => void,
  ended: (child: Conversation) => void,
): Conversation {
  const child = host.converse('ip', words);
  const linesOf = lineSplitter();
  // Complaints about devices that left.
  child.onErrors(() => {});
  child.onOutput((chunk) => {
    for (const line of linesOf(chunk)) {
      const parsed = parseNeighbourLine(line);
      if (parsed !== undefined) hear(parsed);
    }
  });
  void child.ended.then(() => ended(child));
  return child;
}
