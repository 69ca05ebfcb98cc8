import type { Backend, Site } from '../config/site.ts';
import type { Host } from '../host/host.ts';
import { ownState } from '../kernel/ownership.ts';
import { EMPTY_STATE, type KernelState, type Sysctl } from '../kernel/state.ts';
import { compile } from '../plan/compile.ts';
import { healthOf } from '../plan/health-of.ts';
import type { Allocation, Plan } from '../plan/plan.ts';
import { withNewNames } from '../plan/renamed-slots.ts';
import { wanOfPart } from '../plan/wan-part.ts';
import { type BackendChoice, chooseBackend } from './backend.ts';
import { withMembers } from './carry-members.ts';
import type { Change } from './change.ts';
import { type MonitorDemand, readDemand } from './demand.ts';
import { diff, diffNetfilter } from './diff.ts';
import type { FirstLook } from './first-look.ts';
import type { Machine } from './machine.ts';
import { type Look, observe } from './observe.ts';
import { KNOWN_FILES, readOwnedFiles } from './owned-files.ts';
import {
  type Applied,
  type Journal,
  NO_ORIGINALS,
  type Originals,
  readApplied,
  readJournal,
} from './records.ts';
import { mergeOriginals, settle } from './settle.ts';
import { planSysctlKeys, readSysctls } from './sysctl.ts';
import { withoutTakenFiles } from './taken-files.ts';
import { refuseTakenRoutes } from './taken-routes.ts';
import { iptablesOf, joinUsed, type Used, usedFor } from './used.ts';
import { keysAlong } from './written-along.ts';

/** What the records of earlier runs say. */
export interface History {
  readonly applied: Applied | undefined;
  /** Of a run that was cut off. */
  readonly journal: Journal | undefined;
  readonly originals: Originals;
  readonly used: Used;
}

/** Everything an apply would do to this machine, before any of it is done. */
export interface Prepared {
  readonly choice: BackendChoice;
  readonly history: History;
  /** WANs that were taken as down. */
  readonly down: readonly string[];
  readonly plan: Plan;
  readonly look: Look;
  readonly observed: KernelState;
  readonly own: KernelState;
  readonly target: KernelState;
  readonly originals: Originals;
  readonly changes: readonly Change[];
}

export function readHistory({ host }: Machine): History {
  const applied = readApplied(host);
  const journal = readJournal(host);
  return {
    applied,
    journal,
    originals: mergeOriginals(applied?.originals ?? NO_ORIGINALS, journal?.originals ?? NO_ORIGINALS),
    used: joinUsed(usedFor(applied?.desired ?? EMPTY_STATE), {
      frontends: journal?.frontends ?? [],
      ipsets: journal?.ipsets ?? false,
    }),
  };
}

export interface Wish {
  readonly site: Site;
  readonly backend: Backend | 'auto';
  readonly down: readonly string[];
  /** Policy → members it does not use yet. Absent: this and `down` are completed by what a running monitor wants. */
  readonly held?: MonitorDemand['held'];
}

/** What whoever has an apply planned may give along. */
export interface Beforehand {
  /** What the machine was asked already. */
  readonly asked?: FirstLook;
  /** Is given the changes of rules and their sets while the rest is still worked out. */
  readonly onRules?: (changes: readonly Change[]) => Promise<void>;
}

/** Observes, compiles and compares; the machine stays as it is. */
export async function prepare(
  machine: Machine,
  wish: Wish,
  { asked, onRules }: Beforehand = {},
): Promise<Prepared> {
  const { host } = machine;
  const history = readHistory(machine);
  const demand = demandOf(host, wish);
  const choice = await chooseBackend(host, wish.backend);
  const first = lookFor(history, choice, wish.site);
  const facts = await observe(machine, first, asked);
  const compiled = compile(wish.site, facts, {
    backend: choice.backend,
    ...(choice.frontend === undefined ? {} : { iptables: choice.frontend }),
    health: healthOf(demand.down),
    held: demand.held,
    allocation: allocationFor(wish.site, history),
  });
  refuseTakenRoutes(facts, compiled);
  const plan = withoutTakenFiles(compiled, facts.files);
  const seen = ownState(facts);
  const netfilter = diffNetfilter(seen, withMembers(plan.desired, seen));
  await onRules?.([...netfilter.ipsets, ...netfilter.tables]);
  // Only now it is known which sysctls and files the plan names beyond those that were looked at.
  const files = [...first.files, ...plan.desired.files.map(({ path }) => path)];
  const observed: KernelState = {
    ...facts,
    sysctls: withPlanned(host, facts, plan),
    files: [...facts.files, ...readOwnedFiles(host, beyond(files, first.files))],
  };
  const sysctls = [...new Set([...first.sysctls, ...observed.sysctls.map(({ key }) => key)])];
  const look: Look = { ...first, sysctls, files };
  const own = ownState(observed);
  const ours = [...(history.applied?.desired.sysctls ?? []), ...(history.journal?.sysctls ?? [])];
  const { target, originals } = settle(plan.desired, observed, ours, history.originals);
  return {
    choice,
    history,
    down: demand.down,
    plan,
    look,
    observed,
    own,
    target,
    originals,
    changes: diff(own, target, netfilter),
  };
}

function lookFor(history: History, choice: BackendChoice, site: Site): Look {
  const frontends = choice.frontend === undefined ? [] : [choice.frontend];
  return {
    nft: 'own',
    iptables: [...new Set([...frontends, ...iptablesOf(history.used)])],
    ipsets: (choice.frontend !== undefined && namesSets(site)) || hadIpsets(history),
    used: history.used,
    sysctls: [...planSysctlKeys(site.wans), ...history.originals.sysctls.map(({ key }) => key)],
    files: [...KNOWN_FILES, ...(history.applied?.desired.files ?? []).map(({ path }) => path)],
    tableNames: true,
  };
}

/** The sysctls that were looked at, those that the plan names, and those that the kernel writes along with a change of one. */
function withPlanned(host: Host, { sysctls, links }: KernelState, { desired }: Plan): readonly Sysctl[] {
  const wanted = new Map(desired.sysctls.map(({ key, value }) => [key, value]));
  const now = withMore(host, sysctls, [...wanted.keys()]);
  const changed = now.filter(({ key, value }) => (wanted.get(key) ?? value) !== value);
  const along = changed.flatMap(({ key }) => keysAlong(key, links));
  return withMore(host, now, along);
}

function withMore(host: Host, known: readonly Sysctl[], keys: readonly string[]): readonly Sysctl[] {
  const names = known.map(({ key }) => key);
  return [...known, ...readSysctls(host, beyond(keys, names))];
}

function beyond(all: readonly string[], known: readonly string[]): readonly string[] {
  const seen = new Set(known);
  return all.filter((one) => !seen.has(one));
}

function namesSets(site: Site): boolean {
  return site.steering.some(({ match }) => match.set !== undefined || match.domain !== undefined);
}

function hadIpsets(history: History): boolean {
  return (history.applied?.desired.ipsets.length ?? 0) > 0 || history.journal !== undefined;
}

/** The site's WANs alone: the monitor's word may be of a site before. */
function demandOf(host: Host, { site, down, held }: Wish): MonitorDemand {
  if (held !== undefined) return { down, held };
  const demand = readDemand(host);
  const known = new Set(site.wans.map((wan) => wan.name));
  return {
    down: [...new Set([...down, ...demand.down])].filter((name) => known.has(wanOfPart(name) ?? name)),
    held: demand.held,
  };
}

function allocationFor(site: Site, { applied }: History): Allocation {
  return applied === undefined ? { slots: {} } : withNewNames(applied.allocation, applied.wans, site);
}
