import type { Backend, Policy, SteeringRule } from '../config/site.ts';
import type { Host } from '../host/host.ts';
import type { Frontend } from '../kernel/netfilter.ts';
import { EMPTY_STATE, type KernelState, type Sysctl } from '../kernel/state.ts';
import type { Allocation, PlannedPolicy, PlannedWan } from '../plan/plan.ts';
import type { Shape } from './record-shape.ts';
import { readRecord, removeRecord, statePath, writeRecord, writeRecordIfPossible } from './state-dir.ts';

/** What the last successful apply made, and what `remove` needs to leave no trace. */
export interface Applied {
  readonly version: 1;
  readonly siteFile: string;
  readonly backend: Backend;
  /** Why this backend, in words for `status`. */
  readonly backendReason: string;
  readonly appliedAtMs: number;
  /** As in a MonitorDemand. */
  readonly down: readonly string[];
  readonly desired: KernelState;
  readonly allocation: Allocation;
  readonly markMask: number;
  readonly wans: readonly PlannedWan[];
  readonly policies: readonly PlannedPolicy[];
  /** The site's own words, to know whose connections a policy was once the site has changed. */
  readonly steering: readonly SteeringRule[];
  readonly sitePolicies: readonly Policy[];
  readonly localTraffic?: string;
  readonly originals: Originals;
}

/** How the machine was before polywan first changed it. */
export interface Originals {
  readonly sysctls: readonly Sysctl[];
  /** Directories polywan made for its files, deepest first. */
  readonly directories: readonly string[];
  /** iptables-nft tables that did not exist, as `ip mangle`, and builtin chains of others, as `ip mangle OUTPUT`. */
  readonly tables: readonly string[];
}

/** Written before the first change and removed after the last: found later, it says that a run was cut off. */
export interface Journal {
  readonly version: 1;
  readonly command: string;
  readonly startedAtMs: number;
  /** Of the site that was being applied; absent in a remove. */
  readonly siteFile?: string;
  readonly before: Point;
  /** Originals of both states, so that nothing is forgotten whichever one the next run goes to. */
  readonly originals: Originals;
  /** Values polywan may have given, of both states. */
  readonly sysctls: readonly Sysctl[];
  /** Paths of files it may have written, of both states. */
  readonly files: readonly string[];
  /** What it may have loaded rules with, of both states. */
  readonly frontends: readonly Frontend[];
  /** The same of sets; absent in the records of before it was known. */
  readonly ipsets?: boolean;
}

/** A state that can be gone back to: what was polywan's then, and the record of it (absent: nothing was applied). */
export interface Point {
  readonly own: KernelState;
  readonly applied: Applied | undefined;
}

/** An apply that waits for `polywan confirm`. */
export interface Pending {
  readonly version: 1;
  readonly token: string;
  readonly deadlineMs: number;
  readonly before: Point;
  /** Of the site that waits. */
  readonly siteFile: string;
}

export const NO_ORIGINALS: Originals = { sysctls: [], directories: [], tables: [] };

const STATE: Shape = Object.fromEntries(Object.keys(EMPTY_STATE).map((part) => [part, 'list'] as const));
const ORIGINALS: Shape = { sysctls: 'list', directories: 'list', tables: 'list' };
const APPLIED: Shape = {
  siteFile: 'string',
  backend: 'string',
  backendReason: 'string',
  appliedAtMs: 'number',
  down: 'list',
  desired: STATE,
  allocation: { slots: 'object' },
  markMask: 'number',
  wans: 'list',
  policies: 'list',
  steering: 'list',
  sitePolicies: 'list',
  originals: ORIGINALS,
};
const POINT: Shape = { own: STATE, 'applied?': APPLIED };
const JOURNAL: Shape = {
  command: 'string',
  startedAtMs: 'number',
  before: POINT,
  originals: ORIGINALS,
  sysctls: 'list',
  files: 'list',
  frontends: 'list',
};
const PENDING: Shape = { token: 'string', deadlineMs: 'number', before: POINT, siteFile: 'string' };

export function readApplied(host: Host): Applied | undefined {
  return readRecord<Applied>(host, 'applied.json', 1, APPLIED);
}

/** Another one whenever the record was written; undefined when there is none. */
export function appliedStamp(host: Host): string | undefined {
  return host.fileIdentity(statePath(host, 'applied.json'))?.stamp;
}

/** Leaves the record of what is applied as it is wanted: absent means nothing is. */
export function writeApplied(host: Host, applied: Applied | undefined): void {
  if (applied === undefined) removeRecord(host, 'applied.json');
  else writeRecord(host, 'applied.json', applied);
}

export function readJournal(host: Host): Journal | undefined {
  return readRecord<Journal>(host, 'journal.json', 1, JOURNAL);
}

export function writeJournal(host: Host, journal: Journal): void {
  writeRecord(host, 'journal.json', journal);
}

/** For the way back, which needs no room on a disk that may be full. */
export function writeJournalIfPossible(host: Host, journal: Journal): void {
  writeRecordIfPossible(host, 'journal.json', journal);
}

export function removeJournal(host: Host): void {
  removeRecord(host, 'journal.json');
}

export function readPending(host: Host): Pending | undefined {
  return readRecord<Pending>(host, 'pending.json', 1, PENDING);
}

export function writePending(host: Host, pending: Pending): void {
  writeRecord(host, 'pending.json', pending);
}

export function removePending(host: Host): void {
  removeRecord(host, 'pending.json');
}
