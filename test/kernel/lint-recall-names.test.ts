import { expect, test } from 'vitest';
import { lint } from '../../src/lint/lint.ts';
import { SUBJECTS } from './lint-recall/all-subjects.ts';
import type { Mutation } from './lint-recall/mutation.ts';
import { mutationsOf } from './lint-recall/mutations-of.ts';
import type { Subject } from './lint-recall/subject.ts';
import { isTold } from './lint-recall/try-job.ts';
import { bareTextsOf, CHECKS, machineOf, type Texts, textsOf } from './lint-recall/word-of-lint.ts';

// What packets show of these mutants does not hang on the names of interfaces, so neither may lint's word: it must find
// what is outside and inside where all are called alike, and where the ruleset is all there is to read.

/** One of so many mutants is looked at, unless all are asked for. */
const EVERY = process.env.POLYWAN_RECALL_ALL === undefined ? 6 : 1;

/** Far above what a busy machine takes. */
const MOST_MS = 1_800_000;

/** Front ends read into one model, and families differ in addresses alone: one row of each syntax is enough. */
const ROWS = SUBJECTS.filter(({ frontend, family }) => frontend !== 'iptables-nft' && family === 'ipv4');

const NAMES: Readonly<Record<string, string>> = {
  wan0: 'eth0',
  wan1: 'eth1',
  'wan+': 'eth+',
  'wan*': 'eth*',
  lan0: 'enp3s0',
};

function renamed(text: string): string {
  return text.replace(/\b(?:wan[01+*]|lan0)/g, (name) => NAMES[name] ?? name);
}

async function isBrokenIn(texts: Texts): Promise<boolean> {
  return isTold({ findings: lint(await machineOf(texts), CHECKS) });
}

function mutantsOf(subject: Subject): readonly Mutation[] {
  const all = [{ name: 'as it is', text: subject.text }, ...mutationsOf(subject)];
  return all.filter((_, at) => at % EVERY === 0);
}

const READINGS: readonly {
  readonly title: string;
  readonly read: (subject: Subject, text: string) => Texts;
}[] = [
  { title: 'with its policy rules and routes', read: textsOf },
  { title: 'alone', read: bareTextsOf },
];

for (const { title, read } of READINGS)
  test(
    `a ruleset that is read ${title} is judged alike whatever its interfaces are called`,
    async () => {
      const unlike: string[] = [];
      const counts = { told: 0, silent: 0 };
      for (const subject of ROWS)
        for (const { name, text } of mutantsOf(subject)) {
          const texts = Object.entries(read(subject, text));
          const named = await isBrokenIn(Object.fromEntries(texts));
          const other = await isBrokenIn(
            Object.fromEntries(texts.map(([file, one]) => [file, renamed(one)])),
          );
          counts[named ? 'told' : 'silent'] += 1;
          if (named !== other) unlike.push(`${subject.frontend} ${subject.name}: ${name}`);
        }
      expect(unlike).toEqual([]);
      expect(counts.told).toBeGreaterThan(ROWS.length);
      expect(counts.silent).toBeGreaterThan(ROWS.length);
    },
    MOST_MS,
  );
