import type { Statement } from '../kernel/statement.ts';
import { FROM_THEN_ON, OF_PACKET } from './assumption.ts';
import { compileMatch, type Test } from './evaluate-match.ts';
import type { ChainIndex, TableIndex } from './index-state.ts';
import type { Path } from './path.ts';
import { decide } from './question.ts';
import { termKey } from './term.ts';
import type { RuleRef } from './trace.ts';

/** A rule, with those of its statements made ready that a packet has reached. */
export interface CompiledRule {
  readonly chain: ChainIndex;
  readonly index: number;
  readonly statements: readonly Statement[];
  readonly actions: (Action | undefined)[];
}

export type Action =
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'effect'; readonly statement: Exclude<Statement, { kind: 'match' | 'unknown-match' }> };

/**
 * Matches whose answer depends on what was before (how many, how often, when): asked twice of one packet the answers
 * may differ.
 */
const STATEFUL: ReadonlySet<string> = new Set([
  'limit',
  'hashlimit',
  'recent',
  'quota',
  'quota2',
  'connlimit',
  'connbytes',
  'ct count',
  'meter',
  'rateest',
  'nfacct',
  'statistic',
  'random',
  'nth',
  'condition',
]);

/**
 * Matches that read what differs between the packets of one connection. Any other reads the header, the devices or what
 * is around, and has one answer for all packets of a direction.
 */
const OF_ONE_PACKET: ReadonlySet<string> = new Set([
  'bpf',
  'connlabel',
  'conntrack',
  'cpu',
  'dccp',
  'dst',
  'ecn',
  'frag',
  'hbh',
  'ipp2p',
  'ipv4options',
  'ipv6header',
  'layer7',
  'length',
  'match',
  'mh',
  'ndpi',
  'osf',
  'rt',
  'sctp',
  'string',
  'tcp',
  'tcpmss',
  'u32',
  'xt',
]);

/** xt_recent notes the address, whether it is there already or not, and then always says yes. */
const NOTING = /^-m recent (! )?--set /;

export function compiledRule(chain: ChainIndex, index: number): CompiledRule | undefined {
  const known = chain.compiled[index];
  if (known !== undefined) return known;
  const rule = chain.chain.rules[index];
  if (rule === undefined) return undefined;
  const made: CompiledRule = { chain, index, statements: rule.statements, actions: [] };
  chain.compiled[index] = made;
  return made;
}

/** The first statement of a rule, without anything else being made for it: big rulesets are walked by these. */
export function firstAction(chain: ChainIndex, index: number): Action | undefined {
  const known = chain.first[index];
  if (known !== undefined) return known;
  const statement = chain.chain.rules[index]?.statements[0];
  if (statement === undefined) return undefined;
  const made = makeAction(statement, chain.table);
  chain.first[index] = made;
  return made;
}

/** The statement at this place; most rules of a big ruleset never come to their second one. */
export function actionAt(rule: CompiledRule, at: number): Action | undefined {
  const known = rule.actions[at];
  if (known !== undefined) return known;
  const statement = rule.statements[at];
  if (statement === undefined) return undefined;
  const made = at === 0 ? firstAction(rule.chain, rule.index) : makeAction(statement, rule.chain.table);
  rule.actions[at] = made;
  return made;
}

function makeAction(statement: Statement, table: TableIndex): Action {
  if (statement.kind === 'match') return { kind: 'test', test: compileMatch(statement, table) };
  if (statement.kind !== 'unknown-match') return { kind: 'effect', statement };
  const { name, text } = statement;
  const noted = name === 'recent' ? NOTING.exec(text) : null;
  if (noted !== null) {
    const answer = noted[1] === undefined;
    return { kind: 'test', test: () => answer };
  }
  const pure = !STATEFUL.has(name);
  return {
    kind: 'test',
    test: (path) => decide(path.assumptions, `${name}: ${text}`, `${scopeOf(name, path)}${text}`, pure),
  };
}

/** For which packets the answer holds: the time of day is that of the whole flow. */
function scopeOf(name: string, path: Path): string {
  if (name === 'time') return '';
  // The socket that a packet was for takes the later ones as well.
  const first = name === 'socket' ? FROM_THEN_ON : OF_ONE_PACKET.has(name) ? OF_PACKET : '';
  return `${first}${headerKey(path)} `;
}

/** A header that has been rewritten in the meantime may have another answer, and so may a packet at another device. */
function headerKey({ direction, packet: { saddr, daddr, sport, dport, dscp, iif, oif } }: Path): string {
  return [direction, ...[saddr, daddr, sport, dport, dscp, iif, oif].map(termKey)].join(' ');
}

export function ruleRef({ chain, index }: CompiledRule): RuleRef {
  const { frontend, family, name } = chain.table.table;
  const rule = chain.chain.rules[index];
  return {
    frontend,
    family,
    table: name,
    chain: chain.chain.name,
    index,
    ...(rule?.comment === undefined ? {} : { comment: rule.comment }),
    ...(rule?.span === undefined ? {} : { span: rule.span }),
  };
}
