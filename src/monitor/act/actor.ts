import { type ApplyReport, carryOut, planApply } from '../../apply/apply.ts';
import type { Change } from '../../apply/change.ts';
import { refuseSecondMonitor, writeDemand } from '../../apply/demand.ts';
import { diff } from '../../apply/diff.ts';
import { execute } from '../../apply/execute.ts';
import type { Machine } from '../../apply/machine.ts';
import { observe, observeRouting } from '../../apply/observe.ts';
import { readSysctls, siteSysctlKeys } from '../../apply/sysctl.ts';
import type { Site } from '../../config/site.ts';
import { ownState } from '../../kernel/ownership.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Demand } from '../decide/decision.ts';
import { downNames } from './demand-names.ts';
import { driftOn } from './drift.ts';
import { groundOf, planUnder, recordOf } from './ground.ts';
import { owedRecords } from './owed-records.ts';
import { type Overtaken, ownRecord } from './own-record.ts';
import { patientLock } from './patient-lock.ts';
import { prepared } from './prepared.ts';
import { programsOf } from './programs-of.ts';
import { madeOn, sameRouting, withSettings } from './same-facts.ts';
import { startSpares } from './spares.ts';

/** Keeps the kernel at what the site wants under a demand. Its calls are to be made one after the other. */
export interface Actor {
  /** What is known of the machine, as of the last look. */
  facts(): KernelState;
  /** When that look began (monotonic, ms): what was heard since then is newer. */
  lookedAt(): number;
  /** What the kernel is kept at. */
  site(): Site;
  plan(): Plan;
  /** Links, addresses, routes, policy rules and the settings of WANs anew: some milliseconds. */
  lookAtRouting(): Promise<KernelState>;
  /**
   * From what is known to the plan under this demand, in as few steps as differ: no listing, no rebuilt rules. `moved` is
   * called as soon as the kernel has them.
   */
  enact(demand: Demand, moved: (changes: readonly Change[]) => void): Promise<void>;
  /** Whether a record of what was enacted could not be written yet. */
  owesRecords(): boolean;
  writeRecords(): Promise<void>;
  /** Works out beforehand what this demand would change, as things are now: when it is enacted, that is done at once. */
  prepare(demand: Demand): void;
  /** Whether the plan under this demand, on what was last seen, is another than what was made. */
  isBehind(demand: Demand): boolean;
  /** Whether settings that the plan rests on, read now, are others than last seen. */
  hasNewSettings(): boolean;
  /** Whether routes or policy rules, as last seen, are not as they were made; or sysctls and files, read now. */
  drifted(): boolean;
  /** What somebody took away or changed since the last enactment, put back. */
  heal(): Promise<readonly Change[]>;
  /**
   * The whole transaction of an apply, with its rollback; what is there already stays untouched. Undefined where somebody else
   * has applied or removed since `overtaken` was last asked: that comes first.
   */
  adopt(site: Site, demand: Demand): Promise<ApplyReport | undefined>;
  /** What somebody else did since the last call of adopt. */
  overtaken(): Overtaken | undefined;
  /** Whether it was started here to load rules: who changed a ruleset is told by its number. */
  isOwnChild(pid: number): boolean;
  /** Ends the children that wait for the next change. */
  stop(): void;
}

export async function openActor(
  machine: Machine,
  site: Site,
  demand: Demand,
  problem: (message: string) => void,
): Promise<{ readonly actor: Actor; readonly report: ApplyReport }> {
  const { host } = machine;
  const lock = patientLock(host);
  const record = ownRecord(host, problem);
  const records = owedRecords(problem);
  const drift = driftOn(host);
  const ready = prepared();
  /** With the lock held. */
  const takeUp = async (next: Site, under: Demand): Promise<ApplyReport> => {
    const report = await adoptOnce(machine, next, under);
    record.take(next);
    records.forget();
    return report;
  };
  let lookedAt = host.monotonicMs();
  const report = await lock.hold(() => takeUp(site, demand));
  let ground = groundOf(site, report);
  let spares = startSpares(host, programsOf(ground.target));

  const commit = async (changes: readonly Change[]): Promise<void> => {
    try {
      await execute({ ...machine, host: spares.host }, changes, () => undefined);
    } catch (error) {
      // Some of it may be done: only a look tells.
      ground = { ...ground, own: undefined };
      throw error;
    }
  };
  const settingsNow = () =>
    withSettings(ground.facts.sysctls, readSysctls(host, siteSysctlKeys(ground.site.wans)));
  const look = async (): Promise<KernelState> => {
    const beganAt = host.monotonicMs();
    const observed = await observe(machine, ground.look);
    lookedAt = beganAt;
    ground = { ...ground, facts: observed, own: ownState(observed) };
    return ownState(observed);
  };
  const planFrom = (own: KernelState, demand: Demand) => {
    const planned = planUnder(ground, demand);
    return { planned, changes: diff(own, planned.target) };
  };
  const planNow = async (demand: Demand): Promise<ReturnType<typeof planFrom>> => {
    const first = ground.own && planFrom(ground.own, demand);
    // A whole table takes along what packets put into its sets, so it has to be seen as it is now.
    return first === undefined || isWhole(first.changes) ? planFrom(await look(), demand) : first;
  };

  const actor: Actor = {
    facts: () => ground.facts,
    site: () => ground.site,
    plan: () => ground.plan,
    lookedAt: () => lookedAt,
    lookAtRouting: async () => {
      const beganAt = host.monotonicMs();
      const { links, addresses, policyRules, routes } = await observeRouting(machine);
      lookedAt = beganAt;
      const facts = { ...ground.facts, links, addresses, policyRules, routes, sysctls: settingsNow() };
      // What was prepared on this ground holds on.
      if (sameRouting(ground.facts, facts)) return ground.facts;
      const seen = ownState(facts);
      const { sysctls } = ground.target;
      const own =
        ground.own &&
        madeOn(facts, { ...ground.own, policyRules: seen.policyRules, routes: seen.routes, sysctls });
      ground = { ...ground, facts, own };
      return facts;
    },
    isBehind: (demand) => {
      const made = madeOn(ground.facts, ground.target);
      return diff(made, planUnder(ground, demand).target).length > 0;
    },
    hasNewSettings: () => settingsNow() !== ground.facts.sysctls,
    drifted: () => {
      const { own, target } = ground;
      if (own === undefined || drift.ofRouting(own, target)) return true;
      return drift.ofSysctls(target) || drift.ofFiles(target);
    },
    enact: (demand, moved) =>
      lock.hold(async () => {
        // Whoever held the lock before may have been another apply, or a remove: nothing is built on what is gone.
        if (record.overtaken() !== undefined) return;
        const known = ready.find(ground, demand);
        const made = known === undefined ? await planNow(demand) : undefined;
        const changes = known ?? made?.changes ?? [];
        await commit(changes);
        const next = made?.planned ?? planUnder(ground, demand);
        ground = { ...ground, ...next, own: madeOn(ground.facts, next.target) };
        moved(changes);
        // What follows from that begins before a disk is waited for.
        await host.sleep(0);
        // Records come last: traffic has moved by now, and a daemon that dies before leaves no demand behind.
        const { file } = ground.site;
        const [down, held] = [downNames(demand), demand.held];
        records.write('demand', () => writeDemand(host, file, { down, held }));
        if (changes.length > 0) records.write('applied', () => record.note({ ...recordOf(next), down }));
      }),
    owesRecords: records.areOwed,
    writeRecords: () =>
      lock.hold(async () => {
        // Whoever applied or removed since has written these records anew.
        if (record.overtaken() === undefined) records.settle();
      }),
    prepare: (demand) => {
      if (ground.own === undefined || ready.find(ground, demand) !== undefined) return;
      const changes = diff(ground.own, planUnder(ground, demand).target);
      if (!isWhole(changes)) ready.add(ground, demand, changes);
    },
    heal: () =>
      lock.hold(async () => {
        if (record.overtaken() !== undefined) return [];
        const changes = diff(await look(), ground.target);
        if (changes.length === 0) return changes;
        await commit(changes);
        ground = { ...ground, own: madeOn(ground.facts, ground.target) };
        return changes;
      }),
    adopt: async (newSite, demand) => {
      const beganAt = host.monotonicMs();
      // What somebody else applied or removed while this waited for the lock is not undone.
      const adopting = await lock.hold(async () => (record.hasNews() ? undefined : takeUp(newSite, demand)));
      if (adopting === undefined) return undefined;
      lookedAt = beganAt;
      ground = groundOf(newSite, adopting);
      spares.stop();
      spares = startSpares(host, programsOf(ground.target));
      return adopting;
    },
    overtaken: record.hear,
    isOwnChild: (pid) => spares.knows(pid),
    stop: () => {
      spares.stop();
      lock.stop();
    },
  };
  return { actor, report };
}

function isWhole(changes: readonly Change[]): boolean {
  return changes.some(({ kind }) => kind === 'nft-table');
}

async function adoptOnce(machine: Machine, site: Site, demand: Demand): Promise<ApplyReport> {
  const { host } = machine;
  // Asked with the lock held: of two that start together one is first.
  refuseSecondMonitor(host);
  writeDemand(host, site.file, { down: downNames(demand), held: demand.held });
  const wish = { site, backend: site.backend, down: downNames(demand), held: demand.held };
  return carryOut(machine, wish, await planApply(machine, wish));
}
