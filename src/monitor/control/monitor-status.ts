import type { Family } from '../../net/family.ts';
import type { Plan, PlannedPolicy } from '../../plan/plan.ts';
import type { MonitorState } from '../decide/decision.ts';
import { waitsFor } from '../decide/wake.ts';
import type { AdminWord } from '../event.ts';
import { type Flaps, isDamped } from '../health/damping.ts';
import type { FamilyHealth } from '../health/family-health.ts';
import { windowOf } from '../health/judge-track.ts';
import type { Cause, Transition, WanHealth, WanState } from '../health/state.ts';
import type { Statistics } from '../health/window.ts';
import { historyOf, NO_HISTORY } from '../loop/history.ts';
import { probeLabel } from '../probe-label.ts';

/** What the running daemon knows, as it goes over its socket. Times are milliseconds since the epoch. */
export interface MonitorStatus {
  readonly pid: number;
  readonly sinceMs: number;
  readonly siteFile: string;
  readonly wans: readonly WanStatus[];
  readonly policies: readonly Pick<PlannedPolicy, 'name' | 'active' | 'lastResort'>[];
  /** When no WAN is in use: the one that is likeliest to return. */
  readonly leastBad?: string;
  /** The latest ones, oldest first. */
  readonly transitions: readonly DatedTransition[];
}

export interface WanStatus {
  readonly name: string;
  readonly interface: string;
  readonly health: WanHealth;
  readonly cause?: Cause;
  readonly sinceMs: number;
  /** Whether policies may give it connections. */
  readonly used: boolean;
  readonly admin: AdminWord;
  /** Set while the WAN is well and kept out of use for having flapped. */
  readonly dampedUntilMs?: number;
  readonly families: Readonly<
    Partial<Record<Family, { readonly addresses: readonly string[]; readonly gateway: string | null }>>
  >;
  /** Families with probes of their own each; empty where only the WAN as a whole is judged. */
  readonly familyHealth: Readonly<Partial<Record<Family, FamilyStatus>>>;
  /** Policies that do not use the WAN, or one family of it, until it has been well for failback_after. */
  readonly waiting: readonly WaitingStatus[];
  readonly probes: readonly ProbeStatus[];
  readonly traffic?: {
    readonly receivedBytes: number;
    readonly sentBytes: number;
    readonly receivedPackets: number;
    readonly receivedAtMs?: number;
  };
}

export interface FamilyStatus {
  readonly health: 'up' | 'down';
  readonly cause?: Cause;
  readonly sinceMs: number;
  /** Set while the family is well and kept out of use for having flapped. */
  readonly dampedUntilMs?: number;
}

export interface WaitingStatus {
  readonly policy: string;
  /** Null: not until it is needed, or the administrator says so (`never`). */
  readonly backAtMs: number | null;
  readonly families: readonly Family[];
}

export interface ProbeStatus {
  readonly probe: string;
  readonly verdict: string;
  /** Figures are absent where nothing was measured. */
  readonly lossPercent?: number;
  readonly rttMs?: number;
  readonly jitterMs?: number;
  readonly history: string;
}

export interface DatedTransition extends Omit<Transition, 'at'> {
  readonly atMs: number;
}

export interface StatusGround {
  readonly state: MonitorState;
  readonly plan: Plan;
  readonly leastBad?: string;
  readonly transitions: readonly DatedTransition[];
  readonly pid: number;
  readonly sinceMs: number;
  /** What a monotonic time is on the wall clock. */
  readonly wallOf: (monotonicMs: number) => number;
}

export function monitorStatus(ground: StatusGround): MonitorStatus {
  const { state, plan, leastBad, transitions, pid, sinceMs, wallOf } = ground;
  return {
    pid,
    sinceMs,
    siteFile: state.site.file,
    wans: state.wans.map((wan) => wanStatus(wan, state, wallOf)),
    policies: plan.policies.map(({ name, active, lastResort }) => ({ name, active, lastResort })),
    ...(leastBad === undefined ? {} : { leastBad }),
    transitions,
  };
}

function wanStatus(state: WanState, known: MonitorState, wallOf: StatusGround['wallOf']): WanStatus {
  const { wan, health, cause, since, used, admin, flaps, traffic } = state;
  const { now } = known;
  return {
    name: wan.name,
    interface: wan.interface,
    health,
    ...(cause === undefined ? {} : { cause }),
    sinceMs: wallOf(since),
    used,
    admin,
    ...dampedUntil(!used, flaps, now, wallOf),
    families: Object.fromEntries(
      Object.entries(state.families).map(([family, { addresses, gateway }]) => [
        family,
        { addresses: addresses ?? [], gateway: gateway ?? null },
      ]),
    ),
    familyHealth: Object.fromEntries(
      Object.entries(state.apart).map(([family, each]) => [family, familyStatus(each, now, wallOf)]),
    ),
    waiting: waitingOf(state, known, wallOf),
    probes: wan.probes.map((probe, at) => probeStatus(state, at, probeLabel(probe), now)),
    ...(traffic === undefined ? {} : { traffic: trafficStatus(traffic, wallOf) }),
  };
}

function familyStatus(
  { down, cause, since, flaps }: FamilyHealth,
  now: number,
  wallOf: StatusGround['wallOf'],
): FamilyStatus {
  return {
    health: down ? 'down' : 'up',
    ...(cause === undefined ? {} : { cause }),
    sinceMs: wallOf(since),
    ...dampedUntil(down, flaps, now, wallOf),
  };
}

function dampedUntil(out: boolean, flaps: Flaps, now: number, wallOf: StatusGround['wallOf']) {
  const until = out && isDamped(flaps, now) ? flaps.dampedUntil : undefined;
  return until === undefined ? {} : { dampedUntilMs: wallOf(until) };
}

/** A policy's families together where they wait for the same time. */
function waitingOf(
  state: WanState,
  { site, taken }: MonitorState,
  wallOf: StatusGround['wallOf'],
): readonly WaitingStatus[] {
  return site.policies.flatMap((policy) => {
    const waits = waitsFor(state, policy, taken);
    const times = [...new Set(waits.map(({ until }) => until))];
    return times.map((until) => ({
      policy: policy.name,
      backAtMs: until === undefined ? null : wallOf(until),
      families: waits.flatMap((wait) => (wait.until === until ? [wait.family] : [])),
    }));
  });
}

function probeStatus(state: WanState, at: number, probe: string, now: number): ProbeStatus {
  const track = state.probes[at];
  if (track === undefined) return { probe, verdict: 'pending', history: NO_HISTORY };
  const verdict = track.verdict.kind === 'ill' ? track.verdict.of : track.verdict.kind;
  return {
    probe,
    verdict: track.speaking ? verdict : 'cannot measure',
    ...(track.speaking ? figuresOf(windowOf(track, state.wan.health, now)) : {}),
    history: historyOf(track.samples),
  };
}

function figuresOf({ count, lossPercent, rttMs, jitterMs }: Statistics) {
  return {
    ...(count === 0 ? {} : { lossPercent: tenth(lossPercent) }),
    ...(rttMs === undefined ? {} : { rttMs: tenth(rttMs) }),
    ...(jitterMs === undefined ? {} : { jitterMs: tenth(jitterMs) }),
  };
}

function trafficStatus(
  { receivedBytes, sentBytes, receivedPackets, receivedAt }: NonNullable<WanState['traffic']>,
  wallOf: StatusGround['wallOf'],
) {
  const at = receivedAt === undefined ? {} : { receivedAtMs: wallOf(receivedAt) };
  return { receivedBytes, sentBytes, receivedPackets, ...at };
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
