import { isForRouter } from '../../config/for-router.ts';
import { ruleFamilies } from '../../config/rule-families.ts';
import type { Matching, Site, SteeringMatch, SteeringRule } from '../../config/site.ts';
import { type Expression, meta, number, payload, string } from '../../kernel/expression.ts';
import type { Chain, NamedSet, Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Family } from '../../net/family.ts';
import { allPortsBut, type PortRange } from '../../net/port-range.ts';
import { comment } from '../comment.ts';
import { destinationSets, domainSet, userSet } from '../named-sets.ts';
import { inFamily } from '../steering-match.ts';
import { siteFamilies } from '../uplinks.ts';
import {
  go,
  header,
  interfaces,
  match,
  ofFamily,
  oneOf,
  portExpression,
  prefixExpression,
  rule,
} from '../words.ts';
import { chainOf } from './names.ts';

/** First match wins: each rule goes to its policy's chain and does not come back. */
export function steeringChains(site: Site): readonly Chain[] {
  const inside = site.steering.filter(({ match }) => !isForRouter(match));
  const router = site.steering.filter(({ match }) => isForRouter(match));
  const local = site.localTraffic;
  const localRules = (family: Family): readonly Rule[] =>
    local === undefined
      ? []
      : [
          rule(
            comment('local_traffic', site.origins.localTraffic),
            ...ofFamily(family, []),
            go('goto', chainOf.policy(local.value, family)),
          ),
        ];
  return [
    { name: chainOf.steering, rules: inside.flatMap((each) => steeringRules(site, each)) },
    {
      name: chainOf.steeringRouter,
      rules: [
        ...router.flatMap((each) => steeringRules(site, each)),
        ...siteFamilies(site).flatMap(localRules),
      ],
    },
  ];
}

/** Sets that others fill; their elements are never polywan's to change (a `timeout` flag says so to the diff). */
export function steeringSets(site: Site): readonly NamedSet[] {
  return destinationSets(site).flatMap((set) =>
    siteFamilies(site).map(
      (family): NamedSet => ({
        name: set.nft[family],
        kind: 'set',
        key: [family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr'],
        flags: ['interval', 'timeout'],
        elements: [],
      }),
    ),
  );
}

function steeringRules(site: Site, steering: SteeringRule): readonly Rule[] {
  return ruleFamilies(steering.match, siteFamilies(site)).flatMap((family) =>
    setAlternatives(steering.match, family).map((set) =>
      rule(
        comment(`steering ${steering.name}`, steering.origin),
        ...ofFamily(family, [...matches(inFamily(steering.match, family), family), ...set]),
        go('goto', chainOf.policy(steering.policy, family)),
      ),
    ),
  );
}

function matches(wanted: SteeringMatch, family: Family): readonly Statement[] {
  const protocols = wanted.protocol;
  const ports = wanted.sourcePort !== undefined || wanted.destinationPort !== undefined;
  // nft lists `tcp dport` for one protocol and `th dport` for several; the first form says its protocol itself.
  const [only] = protocols?.values ?? [];
  const single =
    protocols?.values.length === 1 && !protocols.negated && only !== undefined && hasOwnPorts(only);
  const transport = single ? only : 'th';
  return [
    ...(wanted.in === undefined || isForRouter(wanted)
      ? []
      : [match(meta('iifname'), interfaces(wanted.in.values), wanted.in.negated ? '!=' : '==')]),
    ...each(wanted.mac, payload('ether', 'saddr'), string),
    ...each(wanted.source, payload(header(family), 'saddr'), prefixExpression),
    ...each(wanted.destination, payload(header(family), 'daddr'), prefixExpression),
    ...each(wanted.dscp, payload(header(family), 'dscp'), number),
    ...each(wanted.uid, meta('skuid'), number),
    ...(ports && single ? [] : each(protocols, meta('l4proto'), string)),
    ...each(sourcePorts(wanted, transport), payload(transport, 'sport'), portExpression),
    ...each(wanted.destinationPort, payload(transport, 'dport'), portExpression),
  ];
}

/**
 * nft joins comparisons of adjacent fields. Before 1.1.0 it also does so with `!=`, and then takes what differs in one of
 * them; and for `th` it lists the joined field as raw bytes. A set is never joined, so of two lone ports the source stands as
 * the set of all others, the other way round.
 */
function sourcePorts(
  { sourcePort, destinationPort }: SteeringMatch,
  transport: string,
): SteeringMatch['sourcePort'] {
  const [port, other] = [lonePort(sourcePort), lonePort(destinationPort)];
  if (sourcePort === undefined || port === undefined || other === undefined) return sourcePort;
  const { negated } = sourcePort;
  const isJoined = negated === destinationPort?.negated && (negated || transport === 'th');
  return isJoined ? { values: allPortsBut(port), negated: !negated } : sourcePort;
}

function lonePort(wanted: Matching<PortRange> | undefined): number | undefined {
  const [only] = wanted?.values ?? [];
  return wanted?.values.length === 1 && only?.from === only?.to ? only?.from : undefined;
}

function hasOwnPorts(protocol: string): boolean {
  return ['tcp', 'udp', 'sctp', 'dccp', 'udplite'].includes(protocol);
}

function each<T>(
  wanted: Matching<T> | undefined,
  left: Expression,
  express: (value: T) => Expression,
): readonly Statement[] {
  if (wanted === undefined) return [];
  return [match(left, oneOf(wanted.values.map(express)), wanted.negated ? '!=' : '==')];
}

/** Named sets cannot stand in one anonymous set: wanted ones are alternatives (a rule each), unwanted ones a row. */
function setAlternatives(wanted: SteeringMatch, family: Family): readonly (readonly Statement[])[] {
  const names = (kind: Matching<string> | undefined, nameOf: (value: string) => string) => ({
    negated: kind?.negated === true,
    names: (kind?.values ?? []).map(nameOf),
  });
  const user = names(wanted.set, (value) => userSet(value).nft[family]);
  const domain = names(wanted.domain, (value) => domainSet(value).nft[family]);
  const against = (name: string, operator: '==' | '!='): Statement =>
    match(payload(header(family), 'daddr'), { kind: 'set-ref', name }, operator);
  return [user, domain].reduce<readonly (readonly Statement[])[]>(
    (rows, kind) => {
      if (kind.names.length === 0) return rows;
      if (kind.negated) return rows.map((row) => [...row, ...kind.names.map((name) => against(name, '!='))]);
      return rows.flatMap((row) => kind.names.map((name) => [...row, against(name, '==')]));
    },
    [[]],
  );
}
