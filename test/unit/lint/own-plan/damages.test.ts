import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../../src/apply/refusal.ts';
import { lintPlan, refuseErrors } from '../../../../src/cli/lint/own-plan.ts';
import type { Rule } from '../../../../src/kernel/netfilter.ts';
import type { KernelState } from '../../../../src/kernel/state.ts';
import type { Statement } from '../../../../src/kernel/statement.ts';
import { FAMILIES } from '../../../../src/net/family.ts';
import { files, readFiles } from '../../config/diagnose.ts';
import { BACKENDS, factsFor, inShort, notLedInside, planOf, usable } from './planned.ts';

type Damage = (state: KernelState) => KernelState;

function withRules(change: (rules: readonly Rule[], chain: string) => readonly Rule[]): Damage {
  return (state) => ({
    ...state,
    tables: state.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({ ...chain, rules: change(chain.rules, chain.name) })),
    })),
  });
}

const savesMark = (one: Statement) =>
  one.kind === 'set' && one.target.kind === 'ct' && one.target.key === 'mark';
/** By a chain of its own with iptables. */
const RESTORES = /"polywan-restore|"known connections/;
const ACCEPT: Statement = { kind: 'verdict', verdict: { kind: 'accept' } };

/** What would go wrong, and how lint calls it. */
const DAMAGES: readonly (readonly [string, string, Damage])[] = [
  ['marked replies are not led inside first', 'replies-routed-by-mark', notLedInside],
  [
    'no connection keeps its mark',
    'mark-not-saved',
    withRules((rules) =>
      rules.map(({ statements }) => ({ statements: statements.filter((one) => !savesMark(one)) })),
    ),
  ],
  [
    'a packet is accepted before its mark is saved',
    'accept-before-save',
    withRules((rules, chain) => {
      if (!/^(?:polywan-)?wan[-_]/.test(chain)) return rules;
      const statements = rules.flatMap((rule) => rule.statements);
      const saving = statements.filter(savesMark);
      return [
        { statements: [...statements.filter((one) => !savesMark(one)), ACCEPT] },
        { statements: saving },
      ];
    }),
  ],
  [
    'no known connection gets its mark back',
    'reroll-while-new',
    withRules((rules) => rules.filter((rule) => !RESTORES.test(JSON.stringify(rule)))),
  ],
];

const SETTINGS = BACKENDS.flatMap((backend) => FAMILIES.map((family) => ({ backend, family })));

describe.each(SETTINGS)('a plan of $family for $backend is told of', ({ backend, family }) => {
  it.each(DAMAGES)('where %s: %s', (_, check, damage) => {
    const families = `families: ${family}\n`;
    const steering = 'steering: [{ name: rest, policy: balanced }]\n';
    const site = usable(readFiles(files({ site: steering, fiber: families, cable: families })));
    const facts = factsFor(site);
    const plan = planOf(site, facts, backend);
    expect(inShort(site, plan, facts)).toEqual([]);
    const found = lintPlan(site, { ...plan, desired: damage(plan.desired) }, facts);
    expect(found.map((finding) => finding.check)).toContain(check);
    expect(() => refuseErrors(found)).toThrow(Refusal);
  });
});

it('a plan with an error is refused before anything is changed', () => {
  const finding = {
    check: 'accept-before-save',
    severity: 'error',
    message: 'the mark is lost',
    span: { file: '', start: 0, end: 0 },
    path: [],
    key: 'x',
  } as const;
  expect(() => refuseErrors([finding])).toThrow(Refusal);
  expect(() => refuseErrors([finding, finding])).toThrow(
    'nothing was changed: lint finds an error in what would be applied: the mark is lost (accept-before-save; see polywan explain accept-before-save), and 1 more',
  );
  expect(() => refuseErrors([{ ...finding, severity: 'warning' }])).not.toThrow();
});
