import type { Site } from '../../config/site.ts';
import { meta, number, payload, string } from '../../kernel/expression.ts';
import type { Chain, Rule } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Nat as NatStatement, Statement } from '../../kernel/statement.ts';
import type { Family } from '../../net/family.ts';
import type { Prefix } from '../../net/prefix.ts';
import { comment } from '../comment.ts';
import { forwardsOf, hairpinTargets, keptPorts, movedPorts } from '../forwards.ts';
import { lanNetworks } from '../lan-networks.ts';
import { leavingBy, MASQUERADE, OWN_SOURCE } from '../leaving-by.ts';
import { outsidePrefix } from '../nptv6.ts';
import { byMarkFirst, unmarkedInterfaces } from '../shared-interface.ts';
import { translatedSources } from '../translated-sources.ts';
import type { Uplink } from '../uplinks.ts';
import { fibType, go, header, interfaces, match, portExpression, prefixExpression, rule } from '../words.ts';
import { chainOf } from './names.ts';

/** Table nat of one family. Chains stay empty, and are left out, where nobody wants a translation. */
export function natChains(
  site: Site,
  facts: KernelState,
  uplinks: readonly Uplink[],
  family: Family,
): readonly Chain[] {
  const able = uplinks.filter((uplink) => uplink.wan.families.includes(family));
  const forwarding = able.filter((uplink) => forwardsOf(site, uplink, family).length > 0);
  return [
    {
      name: chainOf.prerouting,
      rules: [
        ...forwarding.flatMap((uplink) => fromOutside(uplink, family)),
        ...forwarding.flatMap((uplink) =>
          site.lan.flatMap((name) =>
            byOwnAddress(uplink, family, [match(meta('iifname'), interfaces([name]))]),
          ),
        ),
        ...able.flatMap((uplink) => inboundPrefix(uplink, family)),
      ],
    },
    { name: chainOf.output, rules: forwarding.flatMap((uplink) => byOwnAddress(uplink, family, [])) },
    {
      name: chainOf.postrouting,
      rules: [
        ...hairpinRules(site, facts, able, family),
        ...byMarkFirst(able, family).flatMap((uplink) => sourceRules(site, uplink, family)),
        ...unmarkedInterfaces(able, family).map((wan) =>
          rule(
            comment('main routing', wan.origin),
            match(meta('oifname'), string(wan.interface)),
            MASQUERADE,
          ),
        ),
      ],
    },
    ...forwarding.map((uplink) => forwardChain(site, uplink, family)),
  ];
}

function fromOutside(uplink: Uplink, family: Family): readonly Rule[] {
  const { wan } = uplink;
  const from = [match(meta('iifname'), string(wan.interface))];
  if (uplink.shared.includes(family)) return byOwnAddress(uplink, family, from);
  const say = comment(`forwards from outside by ${wan.name}`, wan.origin);
  return [rule(say, ...from, fibType(['local']), go('jump', chainOf.forwards(wan.name)))];
}

/** Asked for by the WAN's own address: from inside and from the router, so never 127/8. */
function byOwnAddress(uplink: Uplink, family: Family, first: readonly Statement[]): readonly Rule[] {
  const { wan } = uplink;
  return uplink.addresses
    .filter((address) => address.family === family)
    .map(({ address }) =>
      rule(
        comment(`forwards by the address of ${wan.name}`, wan.origin),
        match(payload(header(family), 'daddr'), string(address)),
        ...first,
        go('jump', chainOf.forwards(wan.name)),
      ),
    );
}

function forwardChain(site: Site, uplink: Uplink, family: Family): Chain {
  const forwards = forwardsOf(site, uplink, family);
  const dnat = (forward: (typeof forwards)[number], ports: { from: number; to: number }, to: NatStatement) =>
    rule(
      comment('port forward', forward.origin),
      match(meta('l4proto'), string(forward.protocol)),
      match(payload(forward.protocol, 'dport'), portExpression(ports)),
      to,
    );
  const target = (address: string): NatStatement => ({
    kind: 'nat',
    type: 'dnat',
    address: string(address),
    flags: [],
  });
  return {
    name: chainOf.forwards(uplink.wan.name),
    rules: [
      ...movedPorts(forwards).map(({ forward, port, address, toPort }) =>
        dnat(forward, { from: port, to: port }, { ...target(address), port: number(toPort) }),
      ),
      ...keptPorts(forwards).map((forward) => dnat(forward, forward.port, target(forward.to.address))),
    ],
  };
}

function inboundPrefix(uplink: Uplink, family: Family): readonly Rule[] {
  const nat = uplink.nat[family];
  if (nat.kind !== 'nptv6') return [];
  const outside = outsidePrefix(uplink, nat);
  if (outside === undefined) return [];
  return [
    rule(
      comment(`prefix translation by ${uplink.wan.name}`, uplink.wan.origin),
      match(payload('ip6', 'daddr'), prefixExpression(outside)),
      match(meta('iifname'), string(uplink.wan.interface)),
      match({ kind: 'fib', result: 'type', flags: ['daddr'] }, string('local'), '!='),
      netmap('dnat', nat.inside),
    ),
  ];
}

function netmap(type: 'snat' | 'dnat', to: Prefix): NatStatement {
  return { kind: 'nat', type, address: { kind: 'prefix', prefix: to }, flags: [], prefix: true };
}

function hairpinRules(
  site: Site,
  facts: KernelState,
  uplinks: readonly Uplink[],
  family: Family,
): readonly Rule[] {
  const targets = hairpinTargets(site, uplinks, family);
  const networks = lanNetworks(site, facts, family);
  return site.lan.flatMap((name) =>
    networks.flatMap((network) =>
      targets.map((target) =>
        rule(
          comment('hairpin: from inside to a forwarded port', site.origins.lan),
          match(payload(header(family), 'saddr'), prefixExpression(network)),
          match(payload(header(family), 'daddr'), string(target)),
          match(meta('oifname'), interfaces([name])),
          match({ kind: 'ct', key: 'status' }, string('dnat')),
          MASQUERADE,
        ),
      ),
    ),
  );
}

function sourceRules(site: Site, uplink: Uplink, family: Family): readonly Rule[] {
  const { wan } = uplink;
  const nat = uplink.nat[family];
  if (nat.kind === 'none') return [];
  const leaves = leavingBy(site, uplink, family);
  const say = (what: string): string => comment(`${what} by ${wan.name}`, wan.origin);
  const source: NatStatement =
    nat.kind === 'snat' ? { kind: 'nat', type: 'snat', address: string(nat.address), flags: [] } : MASQUERADE;
  const own = rule(say('the router itself'), ...leaves, OWN_SOURCE, source);
  if (nat.kind === 'nptv6') {
    const outside = outsidePrefix(uplink, nat);
    const inside = match(payload('ip6', 'saddr'), prefixExpression(nat.inside));
    const translated = (to: Prefix): Rule =>
      rule(say('prefix translation'), inside, ...leaves, netmap('snat', to));
    return outside === undefined ? [own] : [translated(outside), own];
  }
  const sources = translatedSources(wan, family);
  if (sources === undefined) return [rule(say('what leaves'), ...leaves, source)];
  const inside = (prefix: Prefix): Rule =>
    rule(
      say('these sources'),
      match(payload(header(family), 'saddr'), prefixExpression(prefix)),
      ...leaves,
      source,
    );
  return [...sources.map(inside), own];
}
