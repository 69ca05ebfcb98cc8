import type { Finding } from '../../../src/lint/finding.ts';
import type { Ruleset } from '../differential/generate.ts';
import type { Lane } from '../differential/lane.ts';
import { inFamily } from '../differential/variation.ts';
import type { Mutation } from './mutation.ts';
import { astray, type Outcome, outcomes, sayOutcome } from './outcome.ts';
import type { Subject } from './subject.ts';
import { wordOfLint } from './word-of-lint.ts';

/** A ruleset to be looked at by both. */
export interface Job {
  readonly subject: Subject;
  readonly mutation: Mutation;
}

/** What kernel and lint say of one ruleset. */
export interface Tried extends Job {
  /** Flows that suffer. */
  readonly suffering: readonly Outcome[];
  /** Where the first packet of each flow went. */
  readonly exits: readonly (string | undefined)[];
  readonly findings: readonly Finding[];
  /** Why the kernel does not take it. */
  readonly refused?: string;
}

/** Where chance chooses, one run may show nothing of what the next one shows. */
const CHANCE = /statistic|numgen|jhash|symhash/;

export async function tryJob(lane: Lane, job: Job, mostRuns: number): Promise<Tried> {
  const [first, findings] = await Promise.all([runIn(lane, job), wordOfLint(job.subject, job.mutation.text)]);
  let seen = first;
  for (let run = 1; run < mostRuns; run += 1) {
    if (typeof seen === 'string' || sufferingOf(seen).length > 0) break;
    if (!CHANCE.test(job.mutation.text) || !isTold({ findings })) break;
    const again = await runIn(lane, job, run);
    if (typeof again !== 'string' && sufferingOf(again).length > 0) seen = again;
  }
  if (typeof seen === 'string') return { ...job, suffering: [], exits: [], findings, refused: seen };
  return { ...job, suffering: sufferingOf(seen), exits: seen.map(({ ways }) => ways.P1), findings };
}

/** Rules that take turns are met in other turns when some flows are left out. */
async function runIn(lane: Lane, { subject, mutation }: Job, run = 0): Promise<readonly Outcome[] | string> {
  const flows = run === 0 ? subject.flows : subject.flows.filter((_, at) => at % (run + 2) !== 1);
  const observed = await lane.run(rulesetOf(subject, mutation.text), flows);
  return typeof observed === 'string' ? observed : outcomes(observed);
}

function sufferingOf(seen: readonly Outcome[]): readonly Outcome[] {
  return seen.filter((one) => astray(one) !== undefined);
}

function rulesetOf({ frontend, family, rules, routes }: Subject, text: string): Ruleset {
  return {
    family,
    tcp: true,
    iptables: frontend === 'iptables-nft' ? text : '',
    legacy: frontend === 'iptables-legacy' ? text : '',
    nft: frontend === 'nft' ? text : '',
    ipsets: '',
    ipsetModel: [],
    rules: rules.map((line) => inFamily(line, family)),
    routes: routes.map((line) => inFamily(line, family)),
    sysctls: {},
  };
}

/** Marks that come too late: no flow changes its WAN, but none is where the mark would have it. */
const LATE: readonly string[] = ['mark-after-routing', 'output-mark-not-rerouted'];

/** Whether packets show that the mutation broke something that was not broken as the ruleset was. */
export function isBroken(tried: Tried, before: Tried): boolean {
  if (tried.suffering.length > 0) return true;
  const errors = tried.findings.filter(({ severity }) => severity === 'error');
  const isLate = errors.length > 0 && errors.every(({ check }) => LATE.includes(check));
  return isLate && tried.exits.some((exit, at) => exit !== before.exits[at]);
}

/** Whether lint says that a flow breaks. */
export function isTold({ findings }: Pick<Tried, 'findings'>): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/**
 * Whether lint is right. Of tables of both families it may tell what becomes of the other one's flows, of which the lane sends
 * none.
 */
export function isRight(tried: Tried, broken: boolean): boolean {
  if (broken) return isTold(tried);
  const { family } = tried.subject;
  return !isTold({ findings: tried.findings.filter(({ flow }) => (flow?.flow.family ?? family) === family) });
}

export function sayTried({ subject, mutation, suffering, findings, refused }: Tried): string {
  return [
    `${subject.frontend} ${subject.family} ${subject.name}: ${mutation.name}`,
    ...(refused === undefined ? [] : [`  refused: ${refused}\n${mutation.text}`]),
    ...suffering.slice(0, 4).map((one) => `  kernel: ${astray(one)}: ${sayOutcome(one)}`),
    ...findings.map(({ severity, check, message }) => `  lint: ${severity} ${check}: ${message}`),
  ].join('\n');
}
