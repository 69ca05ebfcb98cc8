import { binary, type Expression, meta, number, payload, string } from '../../kernel/expression.ts';
import type { Statement } from '../../kernel/statement.ts';
import { readAddressMatch, writeAddressMatch } from './address.ts';
import { match, type OptionUse, type Scope } from './extension.ts';
import { readProtocol, writeProtocol } from './protocol.ts';
import type { Selector, SelectorUse } from './rule-words.ts';
import { isSame } from './same.ts';

/** The order iptables prints them in, whatever order they were given in. */
export const SELECTOR_ORDER: readonly Selector[] = [
  'source',
  'destination',
  'inInterface',
  'outInterface',
  'protocol',
  'fragment',
];

const FLAGS: Readonly<Record<Selector, string>> = {
  source: '-s',
  destination: '-d',
  inInterface: '-i',
  outInterface: '-o',
  protocol: '-p',
  fragment: '-f',
};

const INTERFACES = { inInterface: meta('iifname'), outInterface: meta('oifname') } as const;
/** One object each for all the rules of a big ruleset. */
const ADDRESSES = {
  source: { ip: payload('ip', 'saddr'), ip6: payload('ip6', 'saddr') },
  destination: { ip: payload('ip', 'daddr'), ip6: payload('ip6', 'daddr') },
} as const;
const PROTOCOL = meta('l4proto');

/** Every fragment but the first has an offset: the low 13 bits of the field. */
const FRAGMENT_OFFSET = binary('&', payload('ip', 'frag-off'), number(0x1fff));

/** The statement of a selector; none where it is true for every packet; undefined when its value is not readable. */
export function readSelector(one: SelectorUse, scope: Scope): readonly Statement[] | undefined {
  switch (one.selector) {
    case 'source':
    case 'destination':
      return readAddressMatch(ADDRESSES[one.selector][scope.family], one.text, one.negated, scope);
    case 'inInterface':
    case 'outInterface': {
      if (one.text === '+' && !one.negated) return [];
      const name = one.text.endsWith('+') ? `${one.text.slice(0, -1)}*` : one.text;
      return [match(INTERFACES[one.selector], string(name), one.negated)];
    }
    case 'protocol': {
      if (/^(?:all|0)$/i.test(one.text)) return one.negated ? undefined : [];
      const protocol = readProtocol(one.text);
      return protocol === undefined ? undefined : [match(PROTOCOL, protocol, one.negated)];
    }
    case 'fragment':
      return [
        { kind: 'match', operator: one.negated ? '==' : '!=', left: FRAGMENT_OFFSET, right: number(0) },
      ];
  }
}

/** The words of a selector as they stand in a rule, for one that is kept as text. */
export function selectorText(one: SelectorUse): string {
  const words = [FLAGS[one.selector], one.text].filter((word) => word !== '').join(' ');
  return one.negated ? `! ${words}` : words;
}

/** Which selector says this statement, and how; undefined when none does. */
export function writeSelector(statement: Statement): { selector: Selector; use: OptionUse } | undefined {
  if (statement.kind !== 'match' || (statement.operator !== '==' && statement.operator !== '!='))
    return undefined;
  const { left, right } = statement;
  const negated = statement.operator === '!=';
  if (isSame(left, FRAGMENT_OFFSET) && isSame(right, number(0)))
    return { selector: 'fragment', use: { name: '-f', negated: !negated, args: [] } };
  const selector = selectorOf(left);
  const text = selector === undefined ? undefined : selectorValue(selector, left, right);
  if (selector === undefined || text === undefined) return undefined;
  return { selector, use: { name: FLAGS[selector], negated, args: [text] } };
}

function selectorOf(left: Expression): Selector | undefined {
  if (isSame(left, PROTOCOL)) return 'protocol';
  if (isSame(left, INTERFACES.inInterface)) return 'inInterface';
  if (isSame(left, INTERFACES.outInterface)) return 'outInterface';
  const field = left.kind === 'binary' ? left.left : left;
  if (field.kind !== 'payload' || (field.protocol !== 'ip' && field.protocol !== 'ip6')) return undefined;
  return field.field === 'saddr' ? 'source' : field.field === 'daddr' ? 'destination' : undefined;
}

function selectorValue(selector: Selector, left: Expression, right: Expression): string | undefined {
  if (selector === 'protocol') return writeProtocol(right);
  if (selector === 'source' || selector === 'destination') return writeAddressMatch(left, right);
  if (right.kind !== 'string') return undefined;
  return right.value.endsWith('*') ? `${right.value.slice(0, -1)}+` : right.value;
}
