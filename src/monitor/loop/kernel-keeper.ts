import type { Change } from '../../apply/change.ts';
import type { Machine } from '../../apply/machine.ts';
import type { Site } from '../../config/site.ts';
import type { KernelState } from '../../kernel/state.ts';
import { messageOf } from '../../net/message-of.ts';
import type { Plan } from '../../plan/plan.ts';
import { openActor } from '../act/actor.ts';
import type { ConnectionReset } from '../decide/decision.ts';
import { GRACE_MS } from '../health/families.ts';
import { legacyWatch } from '../watch/legacy-watch.ts';
import { adoption } from './adoption.ts';
import { forbearance, GONE_MS } from './forbearance.ts';
import { foresight } from './foresight.ts';
import type { KeeperListener } from './keeper-listener.ts';
import { repairTimer } from './repair-timer.ts';
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
  /** For what nobody tells of: sysctls, files, and the rules of iptables-legacy. */
  look(): void;
  adopt(site: Site): void;
  /** Ends, when what was begun is done. */
  settled(): Promise<void>;
}

const RELOADING = 'reloading the site';

/** Of these alone the kernel says who changed them. */
const RULESETS: ReadonlySet<Change['kind']> = new Set(['nft-table', 'nft-elements', 'iptables']);

export async function openKernelKeeper(
  machine: Machine,
  site: Site,
  listener: KeeperListener,
): Promise<KernelKeeper> {
  const { host } = machine;
  const { actor, report } = await openActor(machine, site, listener.demand(), (message) =>
    listener.say({ kind: 'problem', message }),
  );
  listener.say({ kind: 'started', changes: report.changes });
  let current = site;
  let by: string | undefined;
  /** Of connections that are to end when traffic has moved. */
  let wanted: ConnectionReset[] = [];
  const ground = () => ({ site: current, plan: actor.plan(), addresses: actor.facts().addresses });
  const resets = resetQueue(machine, ground, listener.say);
  /** What was begun is still done, and nothing follows from it. */
  let closed = false;

  const queue = workQueue((name, error) => {
    const message = messageOf(error);
    listener.say({ kind: 'problem', message: `${name}: ${message}` });
    // A site that is refused is not tried again.
    if (name !== RELOADING) repairs.failed();
    // What was begun may be half done: only a look tells.
    repairs.soon();
  });
  const repairs = repairTimer(host, () => queue.add(adopting.isOwed() ? RELOADING : 'putting back', heal));
  const ahead = foresight(host, listener.failures, (demand) =>
    queue.add('preparing', async () => actor.prepare(demand)),
  );
  const patience = forbearance(host, (isFirst) => {
    if (isFirst) repairs.failed();
    repairs.soon(GONE_MS);
  });
  /** Those that were there when it was last looked. */
  const devices = () => {
    const { links } = actor.facts();
    return links.map(({ index }) => index).join(' ');
  };
  const adopting = adoption(host, actor, {
    demand: listener.demand,
    isClosed: () => closed,
    again: () => repairs.soon(GONE_MS),
    adopted: ({ changes, resets: made }) => {
      resets.add(wanted.splice(0));
      listener.say({ kind: 'reloaded', changes, resets: made });
      looked();
    },
    // The site of before stays in force: its WANs are watched again, and the next repair makes its demand.
    refused: (staying) => {
      current = staying;
      owed = true;
      listener.refused(staying);
      looked();
    },
  });
  /** A failover that was refused: the next repair makes it. */
  let owed = false;
  /** Whether the kernel is at the demand now. */
  const failOver = async (): Promise<boolean> => {
    // The demand is of a site that the kernel is not at yet: its adoption moves the traffic.
    if (adopting.isOwed()) return false;
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
    } catch (error) {
      // What fails behind the move is no device's doing.
      if (!owed || !patience.bears(devices())) throw error;
      return false;
    } finally {
      // It was refused, or somebody else's apply came first: whoever moves the traffic resets them.
      if (owed) wanted = [...mine, ...wanted];
    }
    owed = false;
    patience.end();
    if (tellOvertaken()) return false;
    ahead.enacted();
    if (closed) return true;
    listener.planned();
    ahead.soon();
    return true;
  };
  const looked = (): void => {
    if (closed) return;
    listener.looked(actor.lookedAt());
    listener.planned();
    ahead.soon();
  };
  const heal = async (): Promise<void> => {
    if (tellOvertaken()) return;
    if (adopting.isOwed()) return adopting.run();
    // A failover goes by what was last seen. What somebody took away since then is only seen by the look that follows.
    if (owed && !(await failOver())) return;
    const changes = await actor.heal().catch((error: unknown) => {
      // Of a device that is gone nobody may have told yet.
      looked();
      if (!patience.bears(devices())) throw error;
    });
    if (changes === undefined) {
      // The plan that could not be put back may be of a device that is gone.
      if (!closed && actor.isBehind(listener.demand())) await failOver();
      return;
    }
    patience.end();
    const author = changes.some(({ kind }) => RULESETS.has(kind)) ? by : undefined;
    by = undefined;
    if (tellOvertaken()) return;
    looked();
    if (changes.length > 0)
      listener.say({
        kind: 'healed',
        changes,
        ...(author === undefined ? {} : { by: author }),
        ...repairs.made(),
      });
    await keepUp();
  };
  const tellOvertaken = (): boolean => {
    const by = adopting.isUnderWay() ? undefined : actor.overtaken();
    if (by !== undefined) listener.overtaken(by);
    return by !== undefined;
  };
  let cancelSettling: (() => void) | undefined;
  /** What was seen may lead to another plan without a word to the core: another network inside, an MTU, a setting. */
  const keepUp = async (): Promise<void> => {
    if (adopting.isOwed() || closed) return;
    if (listener.isUnsettled()) cancelSettling ??= host.after(GRACE_MS, lookAgain);
    else if (actor.isBehind(listener.demand())) await failOver();
  };
  const lookAgain = (): void => {
    cancelSettling = undefined;
    lookAtRoutes();
  };
  const lookAtRoutes = (): void =>
    queue.add('looking at the routes', async () => {
      const before = actor.facts().sysctls;
      const { sysctls } = await actor.lookAtRouting();
      looked();
      // IPv6 was switched off or on by a WAN: while the kernel takes no route, none of the plan before can be put back.
      if (sysctls !== before) await failOver();
      await keepUp();
      if (actor.drifted()) repairs.soon();
    });
  const legacy = legacyWatch(host, () => repairs.soon());

  ahead.soon();
  return {
    plan: actor.plan,
    facts: actor.facts,
    enact: (ending) => {
      wanted.push(...ending);
      queue.add('failing over', failOver);
    },
    routingChanged: lookAtRoutes,
    isOwnChild: actor.isOwnChild,
    rulesetsChanged: (author) => {
      by = author;
      repairs.soon();
    },
    look: () => {
      if (tellOvertaken()) return;
      if (actor.owesRecords()) queue.add('writing records', actor.writeRecords);
      legacy.look(actor.plan().desired.tables);
      if (actor.hasNewSettings()) lookAtRoutes();
      else if (actor.drifted()) repairs.soon();
    },
    adopt: (next) => {
      current = next;
      adopting.want(next);
      queue.add(RELOADING, adopting.run);
    },
    settled: async () => {
      closed = true;
      repairs.stop();
      cancelSettling?.();
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
