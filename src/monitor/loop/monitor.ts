import { removeDemand } from '../../apply/demand.ts';
import type { Machine } from '../../apply/machine.ts';
import { type Pending, readPending } from '../../apply/records.ts';
import { Refusal } from '../../apply/refusal.ts';
import { forgetRejected, isRejected } from '../../apply/rejected.ts';
import type { Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Decision, MonitorState } from '../decide/decision.ts';
import { failureDemands } from '../decide/failures.ts';
import { start } from '../decide/start.ts';
import type { MonitorEvent } from '../event.ts';
import { isUnsettled } from '../health/families.ts';
import { probeKeeper } from '../probe/probe-keeper.ts';
import { unlessUnreadable } from '../unless-unreadable.ts';
import { LOOK_MS, startWatch } from '../watch/start-watch.ts';
import { type FactEvent, tellFacts, toldFacts } from '../watch/tell-facts.ts';
import { startCore } from './core.ts';
import { gapWatch } from './gap.ts';
import { openKernelKeeper } from './kernel-keeper.ts';
import { memoryKeeper, readMemory } from './memory.ts';
import type { Say } from './notice.ts';
import { siteFiles } from './site-files.ts';
import { trafficMeter } from './traffic-meter.ts';

export interface MonitorOptions {
  /** Reload when the site or one of its profiles has another text. */
  readonly watchConfig: boolean;
  readonly say: Say;
  /** Everything that is told to `decide`, for a recording. */
  readonly heard?: (event: MonitorEvent, nowMs: number) => void;
}

/** The daemon while it runs. */
export interface Monitor {
  state(): MonitorState;
  plan(): Plan;
  /** When no WAN is in use: the one that is likeliest to return. */
  leastBad(): string | undefined;
  tell(event: MonitorEvent): void;
  /** Reads the site again and applies what is another; a bad file leaves everything as it is. */
  reload(): void;
  /** Leaves the kernel as it is. */
  stop(why: string): Promise<void>;
  /** Resolves when it has stopped, with the reason. */
  readonly ended: Promise<string>;
}

/** Adopts what the machine has, and then follows it. Throws a Refusal when the first apply is refused. */
export async function startMonitor(
  machine: Machine,
  firstSite: Site,
  { watchConfig, say, heard }: MonitorOptions,
): Promise<Monitor> {
  const { host } = machine;
  if (isRejected(host, firstSite)) throw new Refusal(rolledBack(firstSite));
  let site = firstSite;
  let stopped = false;
  let leastBad: string | undefined;
  const files = siteFiles(host, site, say);
  const told = toldFacts();
  /** When `ip monitor` last had a word about a device. */
  const linesAt = new Map<string, number>();
  const gaps = gapWatch(LOOK_MS);
  const meter = trafficMeter(host);
  const keepMemory = memoryKeeper(host, (message) => say({ kind: 'problem', message }));
  const quietly = unlessUnreadable((message) => say({ kind: 'problem', message }));
  const pending = quietly(() => pendingOf(host, firstSite));
  const untold: Decision[] = [];
  let cancelTelling = (): void => {};
  let end = (_why: string): void => {};
  const ended = new Promise<string>((done) => {
    end = done;
  });

  const core = startCore(host, start(site, readMemory(host), host.monotonicMs()), act);
  const keeper = await openKernelKeeper(machine, site, {
    demand: () => core.state().demand,
    failures: () => failureDemands(core.state(), host.monotonicMs()),
    say,
    looked,
    planned,
    isUnsettled: () => core.state().wans.some((state) => isUnsettled(state, host.monotonicMs())),
    refused: (staying) => {
      takeSite(staying);
      files.passOver(staying);
    },
    overtaken: (by) => {
      if (by.how === 'removed') void finish(whyNothingIsLeft());
      else if (by.how === 'rolled-back') goBack(by.to);
      // The site that was applied cannot be read: traffic is moved by the one that is known.
      else if (quietly(takeUp) !== true) adopt(site);
    },
  });
  if (pending !== undefined) say({ kind: 'unconfirmed', untilMs: pending.deadlineMs });
  const probes = probeKeeper(host, core.tell, (message) => say({ kind: 'problem', message }));
  core.begin();
  looked(host.monotonicMs());
  planned();
  const watch = startWatch(host, {
    link: ({ device, state }) => {
      linesAt.set(device, host.monotonicMs());
      for (const wan of site.wans)
        if (wan.interface === device) tellNew([{ kind: 'link', wan: wan.name, state }]);
    },
    routing: keeper.routingChanged,
    rulesets: keeper.rulesetsChanged,
    isOwnChild: keeper.isOwnChild,
    look,
  });

  function act(decision: Decision, event: MonitorEvent, nowMs: number): void {
    heard?.(event, nowMs);
    leastBad = decision.leastBad;
    // First of all traffic moves: everything else that is to be told and written can wait. A site is adopted whole.
    if (event.kind !== 'site' && (decision.recompile || decision.resets.length > 0))
      keeper.enact(decision.resets);
    const { transitions, familyTurns, recompile, state } = decision;
    if (untold.length === 0 && !recompile && transitions.length === 0 && familyTurns.length === 0)
      keepMemory(state);
    else if (untold.push(decision) === 1) cancelTelling = host.after(0, tellDecisions);
  }
  /** In the next round of the loop: only then the tool that moves traffic has got the end of its input. */
  function tellDecisions(): void {
    cancelTelling();
    for (const { transitions, familyTurns, state } of untold.splice(0)) {
      for (const transition of transitions) say({ kind: 'transition', transition });
      for (const turn of familyTurns) say({ kind: 'family', turn });
      keepMemory(state);
    }
  }
  function tellNew(events: readonly FactEvent[]): void {
    for (const event of told.add(events)) core.tell(event);
  }
  /** What a line has told of a device since the look began is newer. */
  function looked(atMs: number): void {
    if (stopped) return;
    const isNews = (event: FactEvent): boolean =>
      event.kind !== 'link' || (linesAt.get(interfaceOf(event.wan)) ?? Number.NEGATIVE_INFINITY) < atMs;
    tellNew(tellFacts(site, keeper.facts()).filter(isNews));
  }
  function interfaceOf(name: string): string {
    return site.wans.find((wan) => wan.name === name)?.interface ?? '';
  }
  function planned(): void {
    if (!stopped) probes.keep(keeper.plan(), keeper.facts(), site.wans);
  }
  function look(): void {
    if (gaps.check(host.monotonicMs(), host.now())) core.tell({ kind: 'gap' });
    for (const event of meter.read(site)) core.tell(event);
    keeper.look();
    if (watchConfig && files.areNew(site)) reload();
  }
  function reload(): void {
    quietly(() => {
      forgetRejected(host);
      takeUp();
    });
  }
  /** Takes up the site as its files are now; false where they cannot be used. */
  function takeUp(): boolean {
    const next = files.read(site);
    if (next === undefined) return false;
    // Of the site that was applied before it, nobody here has ever heard.
    if (isRejected(host, next)) void stop(endedBy(next));
    else adopt(next);
    return true;
  }
  /** Only the apply that is waited for can have been rolled back: it forgot what was rolled back before. */
  function whyNothingIsLeft(): string {
    const isBack = pending !== undefined && quietly(() => isRejected(host, site)) === true;
    return isBack ? endedBy(site) : 'polywan was removed';
  }
  function goBack(to: Site): void {
    if (site !== to) say({ kind: 'problem', message: rolledBack(to) });
    adopt(to);
    files.passOver(to);
  }
  function adopt(next: Site): void {
    takeSite(next);
    keeper.adopt(site);
  }
  function takeSite(next: Site): void {
    site = next;
    // First, so that no probe of the former site is heard as one of this site.
    planned();
    core.tell({ kind: 'site', site });
    // A name may be of another WAN now.
    told.forget();
  }
  function stop(why: string): Promise<void> {
    return finish(`${why}; the routing stays as it is`);
  }
  async function finish(why: string): Promise<void> {
    if (stopped) return;
    stopped = true;
    watch.stop();
    probes.stop();
    core.stop();
    tellDecisions();
    await keeper.settled();
    // Where it cannot be removed nothing is lost: the demand of a daemon that is gone is not heeded.
    quietly(() => removeDemand(host));
    say({ kind: 'stopped', why });
    end(why);
  }
  return {
    state: core.state,
    plan: keeper.plan,
    leastBad: () => leastBad,
    tell: core.tell,
    reload,
    stop,
    ended,
  };
}

/** The apply of this site that waits for its confirmation. */
function pendingOf(host: Host, { file }: Site): Pending | undefined {
  const pending = readPending(host);
  return pending?.siteFile === host.resolvePath(file) ? pending : undefined;
}

function endedBy(site: Site): string {
  return `${rolledBack(site)}; then start the monitor again`;
}

function rolledBack({ file }: Site): string {
  return `the site was rolled back: ${file} is not taken up before it is written again, or polywan apply is run`;
}
