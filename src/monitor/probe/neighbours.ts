import type { Conversation, Host } from '../../host/host.ts';
import type { Answer } from './periodic.ts';

/** Asks the kernel to ask gateways for their link-layer address (ARP, or neighbour solicitation). */
export interface Neighbours {
  ask(gateway: string, device: string, timeoutMs: number): Promise<Answer>;
  stop(): void;
}

/**
 * The kernel's pace for repeated requests (net.ipv4.neigh.*.retrans_time_ms): asked more often it sends no more. It must
 * not be hurried: only after its own three misses it forgets an address that no longer holds, and asks everybody.
 */
export const SLOWEST_ASK_MS = 1000;

/**
 * One `ip` that asks and one that listens, for all gateways. `nud probe` has the kernel verify an address it knows, without
 * which the line is refused; `use` has it look for one it does not know. Traffic goes on meanwhile.
 */
export function startNeighbours(host: Host): Neighbours {
  let asker: Conversation | undefined;
  let listener: Conversation | undefined;
  let stopped = false;
  const waiting = new Map<string, Set<(answer: Answer) => void>>();
  const settle = (key: string, answer: Answer): void => {
    const all = waiting.get(key);
    waiting.delete(key);
    for (const done of all ?? []) done(answer);
  };
  const listen = (): Conversation => {
    const child = host.converse('ip', ['-o', 'monitor', 'neigh']);
    let partial = '';
    child.onErrors(() => {});
    child.onOutput((chunk) => {
      const lines = (partial + chunk).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) {
        const [, gateway, device, state] = /^(\S+) dev (\S+) .*\b(REACHABLE|FAILED)\b/.exec(line) ?? [];
        if (state !== undefined) settle(`${gateway} ${device}`, state === 'REACHABLE' ? 'well' : 'silent');
      }
    });
    void child.ended.then(() => {
      listener = undefined;
    });
    return child;
  };
  const startAsking = (): Conversation => {
    const child = host.converse('ip', ['-force', '-batch', '-']);
    // Complaints about addresses that are not known, and devices that left.
    child.onErrors(() => {});
    child.onOutput(() => {});
    void child.ended.then(() => {
      asker = undefined;
    });
    return child;
  };
  return {
    ask: (gateway, device, timeoutMs) => {
      if (stopped) return Promise.resolve('unsent');
      listener ??= listen();
      asker ??= startAsking();
      const key = `${gateway} ${device}`;
      return new Promise((done) => {
        const end = (answer: Answer): void => {
          cancel();
          waiting.get(key)?.delete(end);
          done(answer);
        };
        const cancel = host.after(timeoutMs, () => end('silent'));
        waiting.set(key, (waiting.get(key) ?? new Set()).add(end));
        asker?.write(
          `neigh change ${gateway} dev ${device} nud probe\nneigh replace ${gateway} dev ${device} use\n`,
        );
      });
    },
    stop: () => {
      stopped = true;
      for (const key of [...waiting.keys()]) settle(key, 'unsent');
      listener?.kill();
      asker?.kill();
    },
  };
}
