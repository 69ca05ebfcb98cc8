import { type ApplyReport, carryOut, planApply } from '../../apply/apply.ts';
import type { Change } from '../../apply/change.ts';
import { refuseSecondMonitor, writeDemand } from '../../apply/demand.ts';
import { diff } from '../../apply/diff.ts';
import { execute } from '../../apply/execute.ts';
import type { Machine } from '../../apply/machine.ts';
import { observe, observeRouting } from '../../apply/observe.ts';
import { appliedStamp, readApplied, writeApplied } from '../../apply/records.ts';
import { settle } from '../../apply/settle.ts';
import { readIpv6Switches, readSysctls } from '../../apply/sysctl.ts';
import type { Site } from '../../config/site.ts';
import { ownState } from '../../kernel/ownership.ts';
import { EMPTY_STATE, type KernelState, type Sysctl } from '../../kernel/state.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Demand } from '../decide/decision.ts';
import { downNames } from './demand-names.ts';
import { type Ground, groundOf } from './ground.ts';
import { patientLock } from './patient-lock.ts';
import { prepared } from './prepared.ts';
import { programsOf } from './programs-of.ts';
import { startSpares } from './spares.ts';

/** Another apply, a rollback to a site that was adopted before, or a remove. */
export type Overtaken =
  | { readonly how: 'applied' | 'removed' }
  | { readonly how: 'rolled-back'; readonly to: Site };

/** Keeps the kernel at what the site wants under a demand. Its calls are to be made one after the other. */
export interface Actor {
  /** What is known of the machine, as of the last look. */
  facts(): KernelState;
  plan(): Plan;
  /** Links, addresses, routes and policy rules anew: some milliseconds. */
  lookAtRouting(): Promise<KernelState>;
  /**
   * From what is known to the plan under this demand, in as few steps as differ: no listing, no rebuilt rules. `moved` is
   * called as soon as the kernel has them.
   */
  enact(demand: Demand, moved: (changes: readonly Change[]) => void): Promise<void>;
  /** Works out beforehand what this demand would change, as things are now: when it is enacted, that is done at once. */
  prepare(demand: Demand): void;
  /** Whether routes or policy rules, as last seen, are not as they were made; or sysctls, read now. */
  drifted(): boolean;
  /** What somebody took away or changed since the last enactment, put back. */
  heal(): Promise<readonly Change[]>;
  /** The whole transaction of an apply, with its rollback; what is there already stays untouched. */
  adopt(site: Site, demand: Demand): Promise<ApplyReport>;
  /** What somebody else did since the last call of adopt. */
  overtaken(): Overtaken | undefined;
  /** Whether it was started here to load rules: who changed a ruleset is told by its number. */
  isOwnChild(pid: number): boolean;
  /** Ends the children that wait for the next change. */
  stop(): void;
}

/** The applied record's time tells whose it is. */
export async function openActor(
  machine: Machine,
  site: Site,
  demand: Demand,
): Promise<{ readonly actor: Actor; readonly report: ApplyReport }> {
  const { host } = machine;
  const lock = patientLock(host);
  const takeUp = (next: Site, under: Demand) =>
    lock.hold(async () => {
      const report = await adoptOnce(machine, next, under);
      // Before the lock is anybody else's, who may write another.
      return { report, stamp: readApplied(host)?.appliedAtMs, written: appliedStamp(host) };
    });
  const { report, ...record } = await takeUp(site, demand);
  let { stamp, written } = record;
  let ground = groundOf(site, report);
  const adopted = adoptedSites();
  adopted.add(stamp, site);
  const ready = prepared();

  let spares = startSpares(host, programsOf(ground.target));
  // The record is long, and read again only when it was written.
  const overtaken = (): Overtaken | undefined => {
    const now = appliedStamp(host);
    if (now === written) return undefined;
    const by = readApplied(host)?.appliedAtMs;
    if (by === undefined) return { how: 'removed' };
    if (by === stamp) {
      written = now;
      return undefined;
    }
    const to = adopted.find(by);
    return to === undefined ? { how: 'applied' } : { how: 'rolled-back', to };
  };

  const commit = async (changes: readonly Change[]): Promise<void> => {
    try {
      await execute({ ...machine, host: spares.host }, changes, () => undefined);
    } catch (error) {
      // Some of it may be done: only a look tells.
      ground = { ...ground, own: undefined };
      throw error;
    }
  };
  const look = async (): Promise<KernelState> => {
    const observed = await observe(machine, ground.look);
    ground = { ...ground, facts: observed, own: ownState(observed) };
    return ownState(observed);
  };
  const changesTo = async (target: KernelState): Promise<readonly Change[]> => {
    const changes = diff(ground.own ?? (await look()), target);
    // A whole table takes along what packets put into its sets, so it has to be seen as it is now.
    return isWhole(changes) ? diff(await look(), target) : changes;
  };

  // Asked again and again of the same two states.
  const routingDrifted = lastOf((own: KernelState, target: KernelState): boolean => {
    const only = ({ policyRules, routes }: KernelState) => ({ ...EMPTY_STATE, policyRules, routes });
    return diff(only(own), only(target)).length > 0;
  });

  const actor: Actor = {
    facts: () => ground.facts,
    plan: () => ground.plan,
    lookAtRouting: async () => {
      const { links, addresses, policyRules, routes } = await observeRouting(machine);
      const sysctls = withSwitches(ground.facts.sysctls, readIpv6Switches(host, ground.site.wans));
      const facts = { ...ground.facts, links, addresses, policyRules, routes, sysctls };
      // What was prepared on this ground holds on.
      if (sameRouting(ground.facts, facts)) return ground.facts;
      const seen = ownState(facts);
      const own = ground.own && { ...ground.own, policyRules: seen.policyRules, routes: seen.routes };
      ground = { ...ground, facts, own };
      return facts;
    },
    drifted: () => {
      const { own, target } = ground;
      if (own === undefined || routingDrifted(own, target)) return true;
      const values = new Map(
        readSysctls(
          host,
          target.sysctls.map(({ key }) => key),
        ).map(({ key, value }) => [key, value]),
      );
      return target.sysctls.some(({ key, value }) => (values.get(key) ?? value) !== value);
    },
    enact: (demand, moved) =>
      lock.hold(async () => {
        // Whoever held the lock before may have been another apply, or a remove: nothing is built on what is gone.
        if (overtaken() !== undefined) return;
        let changes = ready.find(ground, demand);
        const planned = changes === undefined ? planUnder(ground, demand) : undefined;
        if (planned !== undefined) changes = await changesTo(planned.target);
        await commit(changes ?? []);
        const next = planned ?? planUnder(ground, demand);
        ground = { ...ground, ...next, own: next.target };
        moved(changes ?? []);
        // What follows from that begins before a disk is waited for.
        await host.sleep(0);
        // Records come last: traffic has moved by now, and a daemon that dies before leaves no demand behind.
        writeDemand(host, { down: downNames(demand), held: demand.held });
        const applied = readApplied(host);
        if (applied !== undefined && changes?.length !== 0)
          writeApplied(host, { ...applied, ...recordOf(next), down: downNames(demand) });
        written = appliedStamp(host);
      }),
    prepare: (demand) => {
      if (ground.own === undefined || ready.find(ground, demand) !== undefined) return;
      const changes = diff(ground.own, planUnder(ground, demand).target);
      if (!isWhole(changes)) ready.add(ground, demand, changes);
    },
    heal: () =>
      lock.hold(async () => {
        if (overtaken() !== undefined) return [];
        const changes = diff(await look(), ground.target);
        if (changes.length === 0) return changes;
        await commit(changes);
        ground = { ...ground, own: ground.target };
        return changes;
      }),
    adopt: async (newSite, demand) => {
      const { report: adopting, ...of } = await takeUp(newSite, demand);
      ({ stamp, written } = of);
      adopted.add(stamp, newSite);
      ground = groundOf(newSite, adopting);
      spares.stop();
      spares = startSpares(host, programsOf(ground.target));
      return adopting;
    },
    overtaken,
    isOwnChild: (pid) => spares.knows(pid),
    stop: () => {
      spares.stop();
      lock.stop();
    },
  };
  return { actor, report };
}

/** The last sites by the time of the record that each was adopted with. A rollback leads to the one before the last. */
function adoptedSites() {
  let sites: readonly { readonly at: number | undefined; readonly site: Site }[] = [];
  return {
    add: (at: number | undefined, site: Site): void => {
      sites = [...sites.filter((each) => each.at !== at).slice(-1), { at, site }];
    },
    find: (at: number): Site | undefined => sites.find((each) => each.at === at)?.site,
  };
}

function isWhole(changes: readonly Change[]): boolean {
  return changes.some(({ kind }) => kind === 'nft-table');
}

function sameRouting(a: KernelState, b: KernelState): boolean {
  return (
    sameList(a.links, b.links) &&
    sameList(a.addresses, b.addresses) &&
    sameList(a.policyRules, b.policyRules) &&
    sameList(a.routes, b.routes) &&
    a.sysctls === b.sysctls
  );
}

/** The same list where none was turned; a device that is new has one that nobody has read yet. */
function withSwitches(known: readonly Sysctl[], now: readonly Sysctl[]): readonly Sysctl[] {
  const values = new Map(now.map(({ key, value }) => [key, value]));
  const kept = known.map((sysctl) => ({ ...sysctl, value: values.get(sysctl.key) ?? sysctl.value }));
  const before = new Set(known.map(({ key }) => key));
  const all = [...kept, ...now.filter(({ key }) => !before.has(key))];
  return sameList(known, all) ? known : all;
}

/** One by one: a router may have a million routes. */
function sameList(a: readonly object[], b: readonly object[]): boolean {
  return a.length === b.length && a.every((each, at) => JSON.stringify(each) === JSON.stringify(b[at]));
}

/** The same function, which remembers its last answer. */
function lastOf<A, B, R>(work: (a: A, b: B) => R): (a: A, b: B) => R {
  let last: { readonly a: A; readonly b: B; readonly result: R } | undefined;
  return (a, b) => {
    if (last === undefined || last.a !== a || last.b !== b) last = { a, b, result: work(a, b) };
    return last.result;
  };
}

async function adoptOnce(machine: Machine, site: Site, demand: Demand): Promise<ApplyReport> {
  const { host } = machine;
  // Asked with the lock held: of two that start together one is first.
  refuseSecondMonitor(host);
  writeDemand(host, { down: downNames(demand), held: demand.held });
  const wish = { site, backend: site.backend, down: downNames(demand), held: demand.held };
  return carryOut(machine, wish, await planApply(machine, wish));
}

function planUnder(ground: Ground, { health, held }: Demand): Pick<Ground, 'plan' | 'target' | 'originals'> {
  const { choice, facts, originals, site } = ground;
  const plan = compile(site, facts, {
    backend: choice.backend,
    ...(choice.frontend === undefined ? {} : { iptables: choice.frontend }),
    health,
    held,
    allocation: ground.plan.allocation,
  });
  return { plan, ...settle(plan.desired, facts, ground.target.sysctls, originals) };
}

function recordOf({ plan, originals }: Pick<Ground, 'plan' | 'originals'>) {
  return {
    desired: plan.desired,
    allocation: plan.allocation,
    wans: plan.wans,
    policies: plan.policies,
    originals,
  };
}
