import * as z from 'zod/mini';
import { expecting, list, mapping, oneOrMore, optional, required } from './key.ts';
import { INTERFACES_PHRASE, interfaceNames, text, word, words } from './leaf.ts';

/** What the settings may name: lint's checks and the programs it knows. */
export interface LintNames {
  readonly checks: readonly { readonly id: string; readonly summary: string }[];
  readonly neighbours: readonly string[];
}

/** polywan.lint.yaml. */
export function lintSchema({ checks, neighbours }: LintNames) {
  const ids = checks.map(({ id }) => id);
  return mapping('settings of lint, a mapping with version', {
    version: required(
      expecting('1', (error) => z.literal(1, error)),
      'Version of this format.',
      { examples: [1] },
    ),
    ...aroundKeys(neighbours),
    checks: optional(
      mapping('a mapping from checks to severities', severityKeys(checks)),
      'Severity of all findings of a check; off does not run it.',
      { examples: [{ 'unreachable-rule': 'off' }] },
    ),
    machines: optional(
      list('machines', machineSchema(neighbours)),
      'Files that belong to one machine, where their folder does not say so.',
      {
        examples: [[{ name: 'router', files: ['etc/iptables/*', 'listings/ip-rule.txt'] }]],
      },
    ),
    ignores: optional(
      list('ignores', ignoreSchema(ids)),
      'Findings to keep quiet about, with the reason. One that nothing is left for is reported.',
      {
        examples: [
          [{ files: 'legacy/**', checks: 'unreachable-rule', reason: 'goes away with the old box' }],
        ],
      },
    ),
  });
}

function severityKeys(checks: LintNames['checks']) {
  const level = () => words(['error', 'warning', 'note', 'off']);
  return Object.fromEntries(
    checks.map(({ id, summary }) => [id, optional(level(), capitalized(summary).replace(/\.?$/, '.'))]),
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function aroundKeys(neighbours: readonly string[]) {
  return {
    wan: optional(
      oneOrMore(INTERFACES_PHRASE, interfaceNames()),
      'Outside interfaces. Left out, they are taken from default routes, NAT and names.',
      { examples: [['wan0', 'ppp+']] },
    ),
    lan: optional(oneOrMore(INTERFACES_PHRASE, interfaceNames()), 'Inside interfaces.', {
      examples: [['lan0', 'br+']],
    }),
    policy_rules: optional(
      list('policy rules', text('what stands behind ip rule add')),
      'Policy rules, as behind ip rule add; with -6 before them for IPv6. They decide which marks route where.',
      { examples: [['fwmark 0x36/0xff lookup 200 priority 100', '-6 fwmark 0x36/0xff lookup 200']] },
    ),
    routes: optional(
      list('routes', text('what stands behind ip route add')),
      'Routes, as behind ip route add; with -6 before them for IPv6.',
      { examples: [['default via 198.51.100.1 dev wan1 table 200']] },
    ),
    neighbours: optional(
      list('programs', oneOf(neighbours, 'a program')),
      'Programs that run here and set marks of their own, so that their bits are taken.',
      { examples: [['tailscale']] },
    ),
    reserved_marks: optional(
      list('reserved marks', reservedSchema()),
      'Bits of marks that something else here owns.',
      {
        examples: [[{ name: 'shaper', mask: '0xf0000000' }]],
      },
    ),
  };
}

function reservedSchema() {
  return mapping('a mapping with name and mask', {
    name: required(text('a name'), 'Whose bits they are.'),
    mask: required(word('a mask such as 0xf0000000'), 'The bits.'),
  });
}

function machineSchema(neighbours: readonly string[]) {
  return mapping('a mapping with name and files', {
    name: required(text('a name'), 'What findings call the machine.'),
    files: required(
      oneOrMore('a file or a pattern', text('a file or a pattern')),
      'Its files, relative to this file: * stands for a part of a name, ** for folders.',
    ),
    ...aroundKeys(neighbours),
  });
}

function ignoreSchema(ids: readonly string[]) {
  const id = () => oneOf(ids, 'a check');
  return mapping('a mapping with reason', {
    files: optional(
      oneOrMore('a file or a pattern', text('a file or a pattern')),
      'Where. Left out: everywhere.',
    ),
    checks: optional(oneOrMore('a check', id()), 'Which. Left out: all.'),
    reason: required(text('the reason'), 'Why these findings may stay.'),
  });
}

/** One of the names; any text where none are known, as in the manual. */
function oneOf(names: readonly string[], phrase: string) {
  const [first, ...rest] = names;
  return first === undefined ? text(phrase) : words([first, ...rest]);
}
