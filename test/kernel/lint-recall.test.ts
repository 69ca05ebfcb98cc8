import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lane, openLane } from './differential/lane.ts';
import { SUBJECTS } from './lint-recall/all-subjects.ts';
import { Matrix } from './lint-recall/matrix.ts';
import { mutationsOf } from './lint-recall/mutations-of.ts';
import type { Subject } from './lint-recall/subject.ts';
import { isBroken, isRight, type Job, sayTried, type Tried, tryJob } from './lint-recall/try-job.ts';

// Recall by mutation (kernel-facts 6.2, 6.3): rulesets that keep connections with their WAN are broken one rule at a
// time, packets show whether a flow changes its WAN or is lost, and lint must say so exactly then.

/** Two lanes for two processors. */
const LANES = 2;

/**
 * The same rules are loaded by several front ends and for both families: each mutant is tried in one of these rows,
 * with all of them every row has every mutant.
 */
const ALL = process.env.POLYWAN_RECALL_ALL !== undefined;

/** Runs of one mutant where chance decides and the kernel showed nothing yet. */
const MOST_RUNS = 20;

/** Far above what a busy machine takes; ten times that with every mutant in every row. */
const MOST_MS = ALL ? 18_000_000 : 1_800_000;

const lanes: Lane[] = [];

beforeAll(async () => {
  for (let at = 0; at < LANES; at += 1) lanes.push(await openLane(false, ['P1', 'P1b', 'R', 'P3']));
});

afterAll(() => {
  for (const lane of lanes) lane.close();
});

async function tryAll(jobs: readonly Job[]): Promise<readonly Tried[]> {
  const left = [...jobs];
  const done: Tried[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let job = left.shift(); job !== undefined; job = left.shift())
        done.push(await tryJob(lane, job, MOST_RUNS));
    }),
  );
  return done;
}

/** The rulesets as they are, by subject. */
const whole = new Map<Subject, Tried>();

test(
  'rulesets as they are keep every connection with its WAN, and lint finds nothing',
  async () => {
    const jobs = SUBJECTS.map((subject) => ({ subject, mutation: { name: 'as it is', text: subject.text } }));
    const done = await tryAll(jobs);
    for (const one of done) whole.set(one.subject, one);
    const wrong = done.filter(
      ({ refused, suffering, findings }) =>
        refused !== undefined || suffering.length > 0 || findings.length > 0,
    );
    expect(wrong.map(sayTried)).toEqual([]);
  },
  MOST_MS,
);

test(
  'lint tells of a broken flow exactly where packets show one',
  async () => {
    const jobs = jobsOf(SUBJECTS);
    const done = await tryAll(jobs);
    const matrix = new Matrix();
    const wrong = done.filter((one) => {
      const before = whole.get(one.subject);
      if (before === undefined) throw new Error('the rulesets as they are come first');
      const broken = isBroken(one, before);
      matrix.add(one, broken);
      return one.refused !== undefined || !isRight(one, broken);
    });
    console.log(matrix.text());
    expect(wrong.map(sayTried)).toEqual([]);
    // Mutations are of both kinds.
    expect(matrix.count('found')).toBeGreaterThan(jobs.length / 5);
    expect(matrix.count('silent')).toBeGreaterThan(jobs.length / 5);
  },
  MOST_MS,
);

/** Mutants, each in one of the rows that have its ruleset. */
function jobsOf(subjects: readonly Subject[]): readonly Job[] {
  const kinds = new Map<string, Subject[]>();
  for (const subject of subjects) {
    const kind = `${subject.frontend === 'nft'} ${subject.name}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), subject]);
  }
  return [...kinds.values()].flatMap((rows) =>
    rows.flatMap((subject, row) =>
      mutationsOf(subject)
        .filter((_, at) => ALL || at % rows.length === row)
        .map((mutation) => ({ subject, mutation })),
    ),
  );
}
