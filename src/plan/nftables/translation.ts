import type { Site, Wan } from '../../config/site.ts';
import { binary, type Expression, meta, number, payload, string } from '../../kernel/expression.ts';
import type { Chain, NamedSet, Rule } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Nat as NatStatement, Statement } from '../../kernel/statement.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import type { Prefix } from '../../net/prefix.ts';
import { comment } from '../comment.ts';
import { hairpinTargets } from '../forwards.ts';
import { lanNetworks } from '../lan-networks.ts';
import { leavingBy, MASQUERADE, OWN_SOURCE } from '../leaving-by.ts';
import { outsidePrefix } from '../nptv6.ts';
import { byMarkFirst, unmarkedInterfaces } from '../shared-interface.ts';
import { translatedSources } from '../translated-sources.ts';
import type { Uplink } from '../uplinks.ts';
import { header, interfaces, match, ofFamily, oneOf, prefixExpression, rule } from '../words.ts';
import { baseChain } from './base-chains.ts';
import { setOf } from './names.ts';

/** nft's own number for priority `srcnat` (kernel-facts 1.1). */
const SRCNAT = 100;

/** Source translation of what leaves by a WAN, and of hairpin connections. No chain where nobody wants one. */
export function sourceTranslation(
  site: Site,
  facts: KernelState,
  uplinks: readonly Uplink[],
): { readonly chains: readonly Chain[]; readonly sets: readonly NamedSet[] } {
  const rules = [
    ...FAMILIES.flatMap((family) => hairpinRules(site, uplinks, family)),
    ...FAMILIES.flatMap((family) =>
      byMarkFirst(uplinks, family).flatMap((uplink) => wanRules(site, uplink, family)),
    ),
    ...FAMILIES.flatMap((family) =>
      unmarkedInterfaces(uplinks, family).map((wan) => unmarkedRule(wan, family)),
    ),
  ];
  if (rules.length === 0) return { chains: [], sets: [] };
  const sets = [
    ...uplinks.flatMap((uplink) => FAMILIES.flatMap((family) => sourceSet(uplink, family))),
    ...FAMILIES.flatMap((family) => lanNetworkSet(site, facts, uplinks, family)),
  ];
  return { chains: [{ name: 'srcnat', base: baseChain('nat', 'postrouting', SRCNAT), rules }], sets };
}

function wanRules(site: Site, uplink: Uplink, family: Family): readonly Rule[] {
  const { wan } = uplink;
  const nat = uplink.nat[family];
  if (nat.kind === 'none') return [];
  const leaves = leavingBy(site, uplink, family);
  const say = (what: string): string => comment(`${what} by ${wan.name}`, wan.origin);
  const source: NatStatement =
    nat.kind === 'snat'
      ? { kind: 'nat', type: 'snat', family: header(family), address: string(nat.address), flags: [] }
      : MASQUERADE;
  const ownTraffic = rule(say('the router itself'), ...ofFamily(family, [...leaves, OWN_SOURCE]), source);
  if (nat.kind === 'nptv6') {
    const outside = outsidePrefix(uplink, nat);
    const inside =
      outside === undefined
        ? []
        : [rule(say('prefix translation'), ...leaves, prefixNat('snat', nat.inside, outside))];
    return [...inside, ownTraffic];
  }
  const sources = translatedSources(wan, family);
  if (sources === undefined) return [rule(say('what leaves'), ...ofFamily(family, leaves), source)];
  if (sources.length === 0) return [ownTraffic];
  const inside: Statement = match(payload(header(family), 'saddr'), {
    kind: 'set-ref',
    name: setOf.sources(wan.name, family),
  });
  return [rule(say('these sources'), ...ofFamily(family, [...leaves, inside]), source), ownTraffic];
}

/** Main routing leaves by an interface that several WANs share: masquerade takes the address beside the gateway. */
function unmarkedRule(wan: Wan, family: Family): Rule {
  const leaves = ofFamily(family, [match(meta('oifname'), string(wan.interface))]);
  return rule(comment('main routing', wan.origin), ...leaves, MASQUERADE);
}

/** Translates `from` to `to` and keeps the host part; only addresses in `from` match. */
export function prefixNat(type: 'snat' | 'dnat', from: Prefix, to: Prefix): NatStatement {
  const key = payload('ip6', type === 'snat' ? 'saddr' : 'daddr');
  const elements = [
    { key: { kind: 'prefix' as const, prefix: from }, value: { kind: 'prefix' as const, prefix: to } },
  ];
  const address: Expression = { kind: 'map', key, map: { kind: 'set', elements } };
  return { kind: 'nat', type, family: 'ip6', address, flags: [], prefix: true };
}

function sourceSet(uplink: Uplink, family: Family): readonly NamedSet[] {
  const nat = uplink.nat[family].kind;
  const sources = translatedSources(uplink.wan, family) ?? [];
  if (sources.length === 0 || nat === 'none' || nat === 'nptv6') return [];
  return [prefixSet(setOf.sources(uplink.wan.name, family), family, sources)];
}

function prefixSet(name: string, family: Family, prefixes: readonly Prefix[]): NamedSet {
  return {
    name,
    kind: 'set',
    key: [family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr'],
    flags: ['interval'],
    elements: prefixes.map((prefix) => ({ key: prefixExpression(prefix) })),
  };
}

/** A client inside that asks for a WAN's address and meets a server inside: its answer must pass the router again. */
function hairpinRules(site: Site, uplinks: readonly Uplink[], family: Family): readonly Rule[] {
  const targets = hairpinTargets(site, uplinks, family);
  if (targets.length === 0) return [];
  return [
    rule(
      comment('hairpin: from inside to a forwarded port', site.origins.lan),
      match(meta('oifname'), interfaces(site.lan)),
      match(binary('&', { kind: 'ct', key: 'status' }, string('dnat')), number(0), '!='),
      match(payload(header(family), 'saddr'), { kind: 'set-ref', name: setOf.lanNetworks(family) }),
      match(payload(header(family), 'daddr'), oneOf(targets.map(string))),
      MASQUERADE,
    ),
  ];
}

function lanNetworkSet(
  site: Site,
  facts: KernelState,
  uplinks: readonly Uplink[],
  family: Family,
): readonly NamedSet[] {
  if (hairpinTargets(site, uplinks, family).length === 0) return [];
  return [prefixSet(setOf.lanNetworks(family), family, lanNetworks(site, facts, family))];
}
