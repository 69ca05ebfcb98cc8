import type { Machine } from '../../apply/machine.ts';
import { messageOf } from '../../net/message-of.ts';
import { type ResetGround, resetConnections } from '../act/reset-connections.ts';
import type { ConnectionReset } from '../decide/decision.ts';
import type { Say } from './notice.ts';

/** Ends connections of WANs that failed, one WAN after the other and beside everything else. */
export interface ResetQueue {
  add(resets: readonly ConnectionReset[]): void;
  settled(): Promise<void>;
}

/** `ground` is asked when a reset has its turn. */
export function resetQueue({ host }: Machine, ground: () => ResetGround, say: Say): ResetQueue {
  let last: Promise<void> = Promise.resolve();
  const reset = async (one: ConnectionReset): Promise<void> => {
    const { wan, family, why } = one;
    try {
      const count = await resetConnections(host, ground(), one);
      if (count > 0) say({ kind: 'reset', wan, family, why, count });
    } catch (error) {
      const message = `connections of WAN ${wan} were not reset: ${messageOf(error)}`;
      say({ kind: 'problem', message });
    }
  };
  return {
    add: (resets) => {
      for (const one of resets) last = last.then(() => reset(one));
    },
    settled: () => last,
  };
}
