import type { PolicyRule } from '../../kernel/routing.ts';
import { formatMark } from '../../net/mark.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Span } from '../../net/span.ts';
import type { RuleAt } from '../all-rules.ts';
import type { PathStep } from '../finding.ts';
import type { Machine } from '../machine.ts';

/** The words of a policy rule as `ip rule` lists them. */
export function policyRuleWords({ priority, selector, action }: PolicyRule): string {
  const { not, from, to, fwmark, iif, oif, tos, ipProtocol, sourcePort, destinationPort, uidRange, unknown } =
    selector;
  const words = [
    `${priority}:`,
    not === true ? 'not' : '',
    `from ${from === undefined ? 'all' : formatPrefix(from)}`,
    to === undefined ? '' : `to ${formatPrefix(to)}`,
    tos === undefined ? '' : `tos 0x${tos.toString(16)}`,
    fwmark === undefined ? '' : `fwmark ${formatMark(fwmark)}`,
    iif === undefined ? '' : `iif ${iif}`,
    oif === undefined ? '' : `oif ${oif}`,
    uidRange === undefined ? '' : `uidrange ${uidRange}`,
    ipProtocol === undefined ? '' : `ipproto ${ipProtocol}`,
    sourcePort === undefined ? '' : `sport ${sourcePort}`,
    destinationPort === undefined ? '' : `dport ${destinationPort}`,
    unknown ?? '',
    actionWords(action),
  ];
  return words.filter((word) => word !== '').join(' ');
}

function actionWords(action: PolicyRule['action']): string {
  switch (action.kind) {
    case 'lookup': {
      const { table, suppressPrefixLength: length } = action;
      const name = table === 254 ? 'main' : table === 255 ? 'local' : table === 253 ? 'default' : `${table}`;
      return `lookup ${name}${length === undefined ? '' : ` suppress_prefixlength ${length}`}`;
    }
    case 'goto':
      return `goto ${action.priority}`;
    default:
      return action.kind;
  }
}

export function policyRuleStep(rule: PolicyRule, note?: string): PathStep {
  return {
    ...(rule.span === undefined ? {} : { span: rule.span }),
    rule: policyRuleWords(rule),
    ...(note === undefined ? {} : { note }),
  };
}

/** The place of what has one, else of the machine as a whole. */
export function spanOr(machine: Machine, span: Span | undefined): Span {
  return span ?? { file: machine.sources.keys().next().value ?? machine.name, start: 0, end: 0 };
}

/** What a rule is, without its place: chain and words. */
export function ruleKey({ table, chain }: RuleAt, words: string): string {
  return `${table.family} ${table.name} ${chain.name}: ${words.replace(/^-A \S+ /, '').replace(/^\[\d+:\d+\] /, '')}`;
}
