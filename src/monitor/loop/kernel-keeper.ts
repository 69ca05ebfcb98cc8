import type { Change } from '../../apply/change.ts';
import type { Machine } from '../../apply/machine.ts';
import type { Site } from '../../config/site.ts';
import type { KernelState } from '../../kernel/state.ts';
import { messageOf } from '../../net/message-of.ts';
import type { Plan } from '../../plan/plan.ts';
import { openActor } from '../act/actor.ts';
import type { Overtaken } from '../act/own-record.ts';
import type { ConnectionReset, Demand } from '../decide/decision.ts';
import { legacyWatch } from '../watch/legacy-watch.ts';
import { foresight } from './foresight.ts';
import { healPace } from './heal-pace.ts';
import type { Say } from './notice.ts';
import { resetQueue } from './reset-queue.ts';
import { workQueue } from './work-queue.ts';

/** Keeps the kernel at the demand. All of its work is done in one queue, resets behind it. */
export interface KernelKeeper {
  plan(): Plan;
  facts(): KernelState;
  /** Soon, and with the demand of then. */
  enact(resets: readonly ConnectionReset[]): void;
  routingChanged(): void;
  rulesetsChanged(by: string | undefined): void;
  /** Whether this process is one that the keeper itself changes rulesets with. */
  isOwnChild(pid: number): boolean;
  /** For what nobody tells of: sysctls, and the rules of iptables-legacy. */
  look(): void;
  adopt(site: Site): void;
  /** Ends, when what was begun is done. */
  settled(): Promise<void>;
}

export interface KeeperListener {
  demand(): Demand;
  /** What may be demanded next, to be prepared. */
  failures(): readonly Demand[];
  say: Say;
  /** The facts or the plan are others now. */
  changed(): void;
  /** Somebody else applied, rolled back or removed. */
  overtaken(by: Overtaken): void;
}

/** The kernel is done with a device that goes in less. */
const GONE_MS = 100;

/** Of these alone the kernel says who changed them. */
const RULESETS: ReadonlySet<Change['kind']> = new Set(['nft-table', 'nft-elements', 'iptables']);

export async function openKernelKeeper(
  machine: Machine,
  site: Site,
  listener: KeeperListener,
): Promise<KernelKeeper> {
  const { host } = machine;
  const { actor, report } = await openActor(machine, site, listener.demand());
  listener.say({ kind: 'started', changes: report.changes });
  const pace = healPace();
  let current = site;
  let by: string | undefined;
  let cancelHeal: (() => void) | undefined;
  /** Of connections that are to end when traffic has moved. */
  let wanted: ConnectionReset[] = [];
  const ground = () => ({ site: current, plan: actor.plan(), addresses: actor.facts().addresses });
  const resets = resetQueue(machine, ground, listener.say);
  /** What was begun is still done, and nothing follows from it. */
  let closed = false;

  const queue = workQueue((name, error) => {
    const message = messageOf(error);
    listener.say({ kind: 'problem', message: `${name}: ${message}` });
    // What was begun may be half done: it is looked at again, at the pace of repairs.
    pace.made(host.monotonicMs());
    healSoon();
  });
  const ahead = foresight(host, listener.failures, (demand) =>
    queue.add('preparing', async () => actor.prepare(demand)),
  );
  /** A failover that was refused: the next repair makes it. */
  let owed = false;
  const failOver = async (): Promise<void> => {
    const startedAt = host.monotonicMs();
    // Only those that this very demand asks for: a later one's must wait until its own slots are in, or the connection comes
    // back by the WAN that failed.
    const mine = wanted;
    wanted = [];
    owed = true;
    try {
      await actor.enact(listener.demand(), (changes) => {
        owed = false;
        resets.add(mine);
        if (changes.length > 0) sayEnacted(listener, changes, host.monotonicMs() - startedAt);
      });
    } finally {
      // It was refused, or somebody else's apply came first: whoever moves the traffic resets them.
      if (owed) wanted = [...mine, ...wanted];
    }
    owed = false;
    if (tellOvertaken()) return;
    ahead.enacted();
    changed();
  };
  const changed = (): void => {
    if (closed) return;
    listener.changed();
    ahead.soon();
  };
  const healSoon = (leastMs = 0): void => {
    if (closed || cancelHeal !== undefined) return;
    cancelHeal = host.after(Math.max(leastMs, pace.waitMs(host.monotonicMs())), () => {
      cancelHeal = undefined;
      queue.add('putting back', heal);
    });
  };
  /** A device that goes takes its addresses and routes along one by one: what is refused meanwhile is tried once more. */
  let isRefused = false;
  const heal = async (): Promise<void> => {
    if (tellOvertaken()) return;
    if (owed) return failOver();
    const changes = await actor.heal().catch((error: unknown) => {
      if (isRefused) throw error;
      isRefused = true;
      pace.made(host.monotonicMs());
      healSoon(GONE_MS);
    });
    if (changes === undefined) return;
    isRefused = false;
    const author = changes.some(({ kind }) => RULESETS.has(kind)) ? by : undefined;
    by = undefined;
    if (tellOvertaken()) return;
    changed();
    if (changes.length === 0) return;
    pace.made(host.monotonicMs());
    const now = host.monotonicMs();
    const [times, pauseMs] = [pace.recent(now), Math.round(pace.waitMs(now))];
    listener.say({
      kind: 'healed',
      changes,
      ...(author === undefined ? {} : { by: author }),
      times,
      pauseMs,
    });
  };
  const tellOvertaken = (): boolean => {
    const by = actor.overtaken();
    if (by !== undefined) listener.overtaken(by);
    return by !== undefined;
  };
  const legacy = legacyWatch(host, () => healSoon());

  ahead.soon();
  return {
    plan: actor.plan,
    facts: actor.facts,
    enact: (ending) => {
      wanted.push(...ending);
      queue.add('failing over', failOver);
    },
    routingChanged: () =>
      queue.add('looking at the routes', async () => {
        const before = actor.facts().sysctls;
        const { sysctls } = await actor.lookAtRouting();
        changed();
        // IPv6 was switched off or on by a WAN: while the kernel takes no route, none of the plan before can be put back.
        if (sysctls !== before) return failOver();
        if (actor.drifted()) healSoon();
      }),
    isOwnChild: actor.isOwnChild,
    rulesetsChanged: (author) => {
      by = author;
      healSoon();
    },
    look: () => {
      if (tellOvertaken()) return;
      legacy.look(actor.plan().desired.tables);
      if (actor.drifted()) healSoon();
    },
    adopt: (next) => {
      current = next;
      queue.add('reloading the site', async () => {
        const { changes, resets: sentences } = await actor.adopt(current, listener.demand());
        resets.add(wanted.splice(0));
        listener.say({ kind: 'reloaded', changes, resets: sentences });
        changed();
      });
    },
    settled: async () => {
      closed = true;
      cancelHeal?.();
      ahead.stop();
      legacy.stop();
      await queue.settled();
      await resets.settled();
      actor.stop();
    },
  };
}

function sayEnacted({ say }: KeeperListener, changes: readonly Change[], tookMs: number): void {
  say({ kind: 'enacted', changes, tookMs: Math.round(tookMs * 10) / 10 });
}
