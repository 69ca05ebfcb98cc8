import { isForRouter } from '../../config/for-router.ts';
import { ruleFamilies } from '../../config/rule-families.ts';
import type { Matching, Site, SteeringMatch, SteeringRule } from '../../config/site.ts';
import { anonymousSet, type Expression, meta, number, payload, string } from '../../kernel/expression.ts';
import type { Chain, Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Family } from '../../net/family.ts';
import type { PortRange } from '../../net/port-range.ts';
import { comment } from '../comment.ts';
import { domainSet, userSet } from '../named-sets.ts';
import { inFamily } from '../steering-match.ts';
import { go, header, interfaces, match, portExpression, prefixExpression, rule } from '../words.ts';
import { chainOf } from './names.ts';

/** XT_MULTI_PORTS: a multiport match takes 15 entries, a range counts as two. */
const MULTIPORT_SLOTS = 15;

/**
 * First match wins. A rule goes to its policy's chain and does not come back; one that excludes something goes on to
 * the next chain for what is excluded, so every rule that does so begins a new chain. There is no jump, hence no return.
 */
export function steeringChains(site: Site, family: Family): readonly Chain[] {
  const inside = site.steering.filter(({ match }) => !isForRouter(match));
  const router = site.steering.filter(({ match }) => isForRouter(match));
  const local = site.localTraffic;
  const last =
    local === undefined
      ? []
      : [rule(comment('local_traffic', site.origins.localTraffic), go('goto', chainOf.policy(local.value)))];
  return [
    ...chainsOf(inside, family, chainOf.steering, []),
    ...chainsOf(router, family, chainOf.steeringRouter, last),
  ];
}

function chainsOf(
  rules: readonly SteeringRule[],
  family: Family,
  name: (index: number) => string,
  last: readonly Rule[],
): readonly Chain[] {
  const chains: Rule[][] = [[]];
  for (const steering of rules.filter((each) => ruleFamilies(each.match, [family]).length > 0)) {
    const say = comment(`steering ${steering.name}`, steering.origin);
    const { excluded, wanted } = conditions(inFamily(steering.match, family), family);
    const next = name(chains.length);
    const current = chains.at(-1) ?? [];
    current.push(...excluded.map((statement) => rule(say, statement, go('goto', next))));
    current.push(...wanted.map((row) => rule(say, ...row, go('goto', chainOf.policy(steering.policy)))));
    if (excluded.length > 0) {
      current.push(rule(say, go('goto', next)));
      chains.push([]);
    }
  }
  chains.at(-1)?.push(...last);
  return chains.map((found, index) => ({ name: name(index), rules: found }));
}

interface Conditions {
  /** Any of these ends the rule. */
  readonly excluded: readonly Statement[];
  /** The alternatives: one row of matches each. */
  readonly wanted: readonly (readonly Statement[])[];
}

/** Addresses and interfaces stand first, as iptables-save prints them. */
function conditions(wanted: SteeringMatch, family: Family): Conditions {
  const { source, destination } = wanted;
  const inside = isForRouter(wanted) ? undefined : wanted.in;
  const keys: readonly (Conditions | undefined)[] = [
    key(source, payload(header(family), 'saddr'), prefixExpression),
    key(destination, payload(header(family), 'daddr'), prefixExpression),
    key(inside, meta('iifname'), (name) => interfaces([name])),
    transport(wanted),
    key(wanted.mac, payload('ether', 'saddr'), string),
    key(wanted.dscp, payload(header(family), 'dscp'), number),
    key(wanted.uid, meta('skuid'), number),
    sets(wanted.set, (name) => userSet(name).ipset[family], family),
    sets(wanted.domain, (name) => domainSet(name).ipset[family], family),
  ];
  return keys
    .filter((each) => each !== undefined)
    .reduce<Conditions>(
      (all, each) => ({
        excluded: [...all.excluded, ...each.excluded],
        wanted: multiplied(all.wanted, each.wanted),
      }),
      { excluded: [], wanted: [[]] },
    );
}

function key<T>(
  wanted: Matching<T> | undefined,
  left: Expression,
  express: (value: T) => Expression,
): Conditions | undefined {
  if (wanted === undefined) return undefined;
  const statements = wanted.values.map((value) => match(left, express(value)));
  return wanted.negated
    ? { excluded: statements, wanted: [[]] }
    : { excluded: [], wanted: statements.map((statement) => [statement]) };
}

/** Ports need their one protocol in the same rule, so protocols and ports are multiplied out together. */
function transport(wanted: SteeringMatch): Conditions | undefined {
  const { protocol } = wanted;
  if (protocol === undefined) return undefined;
  const rows = (name: string): readonly (readonly Statement[])[] =>
    multiplied(
      [[match(meta('l4proto'), string(name))]],
      portRows(wanted.sourcePort, payload(name, 'sport')),
      portRows(wanted.destinationPort, payload(name, 'dport')),
    );
  if (protocol.negated)
    return { excluded: protocol.values.map((name) => match(meta('l4proto'), string(name))), wanted: [[]] };
  return { excluded: [], wanted: protocol.values.flatMap(rows) };
}

/** Wanted ports are alternatives of up to 15; unwanted ones stand in a row. */
function portRows(
  wanted: Matching<PortRange> | undefined,
  left: Expression,
): readonly (readonly Statement[])[] {
  if (wanted === undefined) return [[]];
  const statements = multiportChunks(wanted.values).map((chunk) =>
    match(left, anonymousSet(chunk.map(portExpression)), wanted.negated ? '!=' : '=='),
  );
  return wanted.negated ? [statements] : statements.map((statement) => [statement]);
}

function multiplied(
  ...factors: readonly (readonly (readonly Statement[])[])[]
): readonly (readonly Statement[])[] {
  return factors.reduce((rows, factor) => rows.flatMap((row) => factor.map((more) => [...row, ...more])));
}

function multiportChunks(ranges: readonly PortRange[]): readonly (readonly PortRange[])[] {
  const chunks: PortRange[][] = [[]];
  let used = 0;
  for (const range of ranges) {
    const slots = range.from === range.to ? 1 : 2;
    if (used + slots > MULTIPORT_SLOTS) {
      chunks.push([]);
      used = 0;
    }
    used += slots;
    chunks.at(-1)?.push(range);
  }
  return chunks;
}

function sets(wanted: Matching<string> | undefined, nameOf: (name: string) => string, family: Family) {
  return key(wanted, payload(header(family), 'daddr'), (name) => ({
    kind: 'set-ref',
    name: nameOf(name),
    ipset: true,
  }));
}
