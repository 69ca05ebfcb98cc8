import type { Site } from '../../config/site.ts';
import { type Expression, meta, number, payload, string } from '../../kernel/expression.ts';
import type { Chain, NamedSet, Rule } from '../../kernel/netfilter.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import { comment } from '../comment.ts';
import { forwardsOf, keptPorts, movedPorts } from '../forwards.ts';
import { outsidePrefix } from '../nptv6.ts';
import type { Uplink } from '../uplinks.ts';
import { fibType, go, header, interfaces, match, ofFamily, oneOf, rule } from '../words.ts';
import { baseChain } from './base-chains.ts';
import { chainOf, setOf } from './names.ts';
import { prefixNat } from './translation.ts';

/** nft's own number for priority `dstnat` (kernel-facts 1.1). */
const DSTNAT = -100;

interface Objects {
  readonly chains: readonly Chain[];
  readonly sets: readonly NamedSet[];
}

/**
 * Port forwards: from outside by their WAN, from inside and from the router by that WAN's own address (never 127/8).
 * Ports and addresses are map and set elements, so that a changed forward or address is no new rule.
 */
export function destinationTranslation(site: Site, uplinks: readonly Uplink[]): Objects {
  const pairs = uplinks.flatMap((uplink) =>
    FAMILIES.filter((family) => forwardsOf(site, uplink, family).length > 0).map((family) => ({
      uplink,
      family,
    })),
  );
  const outside = pairs.map(({ uplink, family }) => fromOutside(uplink, family));
  const inside =
    site.lan.length === 0 ? [] : pairs.map(({ uplink, family }) => fromInside(site, uplink, family));
  const router = pairs.map(({ uplink, family }) => toOwnAddress(uplink, family, []));
  const prefixes = uplinks.flatMap((uplink) => inboundPrefix(uplink));
  const dstnat = [...outside, ...inside, ...prefixes];
  const chains: Chain[] = pairs.map(({ uplink, family }) => forwardChain(site, uplink, family));
  if (dstnat.length > 0)
    chains.push({ name: 'dstnat', base: baseChain('nat', 'prerouting', DSTNAT), rules: dstnat });
  if (router.length > 0)
    chains.push({ name: 'dstnat_output', base: baseChain('nat', 'output', DSTNAT), rules: router });
  return { chains, sets: pairs.flatMap(({ uplink, family }) => forwardSets(site, uplink, family)) };
}

function fromOutside(uplink: Uplink, family: Family): Rule {
  return rule(
    comment(`forwards from outside by ${uplink.wan.name}`, uplink.wan.origin),
    ...ofFamily(family, [
      match(meta('iifname'), string(uplink.wan.interface)),
      ...(uplink.shared.includes(family) ? [ownAddress(uplink, family)] : []),
      fibType(['local']),
    ]),
    go('jump', chainOf.forwards(uplink.wan.name, family)),
  );
}

function fromInside(site: Site, uplink: Uplink, family: Family): Rule {
  return toOwnAddress(uplink, family, [match(meta('iifname'), interfaces(site.lan))]);
}

function toOwnAddress(uplink: Uplink, family: Family, first: Rule['statements']): Rule {
  return rule(
    comment(`forwards by the address of ${uplink.wan.name}`, uplink.wan.origin),
    ...first,
    ownAddress(uplink, family),
    go('jump', chainOf.forwards(uplink.wan.name, family)),
  );
}

function ownAddress(uplink: Uplink, family: Family) {
  return match(payload(header(family), 'daddr'), {
    kind: 'set-ref',
    name: setOf.addresses(uplink.wan.name, family),
  });
}

/** New from outside to the translated prefix: back to the inside one. */
function inboundPrefix(uplink: Uplink): readonly Rule[] {
  const nat = uplink.nat.ipv6;
  if (nat.kind !== 'nptv6') return [];
  const outside = outsidePrefix(uplink, nat);
  if (outside === undefined) return [];
  return [
    rule(
      comment(`prefix translation by ${uplink.wan.name}`, uplink.wan.origin),
      match(meta('iifname'), string(uplink.wan.interface)),
      match({ kind: 'fib', result: 'type', flags: ['daddr'] }, string('local'), '!='),
      prefixNat('dnat', outside, nat.inside),
    ),
  ];
}

function forwardChain(site: Site, uplink: Uplink, family: Family): Chain {
  const forwards = forwardsOf(site, uplink, family);
  const transport = match(meta('l4proto'), oneOf([string('tcp'), string('udp')]));
  const key: Expression = { kind: 'concat', parts: [meta('l4proto'), payload('th', 'dport')] };
  const dnat = (map: string): Rule =>
    rule(comment(`port forwards of ${uplink.wan.name}`, uplink.wan.origin), transport, {
      kind: 'nat',
      type: 'dnat',
      family: header(family),
      address: { kind: 'map', key, map: { kind: 'set-ref', name: map } },
      flags: [],
    });
  return {
    name: chainOf.forwards(uplink.wan.name, family),
    rules: [
      ...(movedPorts(forwards).length > 0 ? [dnat(setOf.forwards(uplink.wan.name, family))] : []),
      ...(keptPorts(forwards).length > 0 ? [dnat(setOf.forwardRanges(uplink.wan.name, family))] : []),
    ],
  };
}

function forwardSets(site: Site, uplink: Uplink, family: Family): readonly NamedSet[] {
  const forwards = forwardsOf(site, uplink, family);
  const name = uplink.wan.name;
  const type = family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr';
  const key = ['inet_proto', 'inet_service'];
  const moved: NamedSet = {
    name: setOf.forwards(name, family),
    kind: 'map',
    key,
    value: [type, 'inet_service'],
    flags: [],
    elements: movedPorts(forwards).map(({ forward, port, address, toPort }) => ({
      key: { kind: 'concat', parts: [string(forward.protocol), number(port)] },
      value: { kind: 'concat', parts: [string(address), number(toPort)] },
    })),
  };
  const kept: NamedSet = {
    name: setOf.forwardRanges(name, family),
    kind: 'map',
    key,
    value: [type],
    flags: ['interval'],
    elements: keptPorts(forwards).map(({ protocol, port, to }) => ({
      key: {
        kind: 'concat',
        parts: [string(protocol), { kind: 'range', from: number(port.from), to: number(port.to) }],
      },
      value: string(to.address),
    })),
  };
  const addresses: NamedSet = {
    name: setOf.addresses(name, family),
    kind: 'set',
    key: [type],
    flags: [],
    elements: uplink.addresses
      .filter((address) => address.family === family)
      .map((address) => ({ key: string(address.address) })),
  };
  return [moved, kept, addresses].filter((set) => set.elements.length > 0 || set === addresses);
}
