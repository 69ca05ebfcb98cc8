import type { Site, Wan } from '../../config/site.ts';
import {
  CT_MARK,
  type Expression,
  META_MARK,
  meta,
  number,
  payload,
  string,
} from '../../kernel/expression.ts';
import type { BaseChain, Chain, Hook, Rule } from '../../kernel/netfilter.ts';
import { FAMILIES } from '../../net/family.ts';
import { comment } from '../comment.ts';
import { PROBE_PORTS, probesCouldBeSteered } from '../probe-ports.ts';
import { repliersFirst } from '../shared-interface.ts';
import type { Uplink } from '../uplinks.ts';
import {
  fibType,
  go,
  goto,
  header,
  interfaces,
  isNew,
  masked,
  match,
  oneOf,
  portExpression,
  RETURN,
  rule,
  vmap,
} from '../words.ts';
import { restoreRules, wanOfMark } from './mark-chains.ts';
import { chainOf } from './names.ts';

/** nft's own number for priority `mangle` (kernel-facts 1.1). */
export const MANGLE = -150;

export function baseChain(type: BaseChain['type'], hook: Hook, priority: number): BaseChain {
  return { type, hook, priority, policy: 'accept' };
}

/**
 * What comes in. A known connection's mark comes back first, which costs the same however many WANs there are; what is
 * left and not new (untracked, invalid, older than polywan) goes its own way. A packet without a conntrack entry
 * breaks off the rules that read its connmark (kernel-facts 4.2) and ends at the next.
 */
export function preroutingChain(site: Site, uplinks: readonly Uplink[]): Chain {
  return {
    name: 'prerouting',
    base: baseChain('filter', 'prerouting', MANGLE),
    rules: [
      ...restoreRules(site),
      rule(comment('only what is new is steered', site.origins.site), isNew('!='), RETURN),
      rule(
        comment('from the router to itself', site.origins.site),
        match(meta('iifname'), string('lo')),
        RETURN,
      ),
      rule(
        comment('neighbour discovery, multicast, broadcast', site.origins.site),
        fibType(['broadcast', 'anycast', 'multicast']),
        RETURN,
      ),
      ...ingressRules(site, uplinks),
      ...insideRules(site),
    ],
  };
}

/**
 * What the router itself sends, in a chain that re-routes (kernel-facts 5.2). Probes, `exec` and sockets with a WAN's
 * mark keep it, and their connection learns it; packets that another program has marked are left alone.
 */
export function outputChain(site: Site): Chain {
  const ours = masked(META_MARK, site.markMask);
  return {
    name: 'output',
    base: baseChain('route', 'output', MANGLE),
    rules: [
      rule(
        comment('marked by its sender: the connection learns the mark', site.origins.site),
        match(masked(CT_MARK, site.markMask), number(0)),
        wanOfMark(META_MARK, site),
      ),
      rule(comment('marked by its sender', site.origins.site), match(ours, number(0), '!='), RETURN),
      ...restoreRules(site),
      rule(comment('only what is new is steered', site.origins.site), isNew('!='), RETURN),
      ...probeRules(site),
      rule(
        comment('marked by another program', site.origins.site),
        match(META_MARK, number(0), '!='),
        RETURN,
      ),
      rule(
        comment('stays inside', site.origins.lan),
        match(meta('oifname'), interfaces(['lo', ...site.lan])),
        RETURN,
      ),
      rule(
        comment('for the router itself, multicast, broadcast', site.origins.site),
        fibType(['local', 'broadcast', 'anycast', 'multicast']),
        RETURN,
      ),
      rule(comment('new from the router', site.origins.steering), go('goto', chainOf.steeringRouter)),
    ],
  };
}

/** They are bound to a WAN's own address, whose policy rule leads to its table. */
function probeRules(site: Site): readonly Rule[] {
  if (!probesCouldBeSteered(site)) return [];
  return [
    rule(
      comment('probes keep to their WAN', site.origins.site),
      match(meta('l4proto'), oneOf([string('tcp'), string('udp')])),
      match(payload('th', 'sport'), portExpression(PROBE_PORTS)),
      RETURN,
    ),
  ];
}

/** New from outside: the reply goes back the way it came. WANs that share an interface are told apart by their address. */
function ingressRules(site: Site, uplinks: readonly Uplink[]): readonly Rule[] {
  const shared = uplinks.flatMap((uplink) =>
    uplink.addresses
      .filter((address) => uplink.shared.includes(address.family))
      .map((address) =>
        rule(
          comment(`from outside by ${uplink.wan.name}`, uplink.wan.origin),
          match(meta('iifname'), string(uplink.wan.interface)),
          match(payload(header(address.family), 'daddr'), string(address.address)),
          go('goto', chainOf.wan(uplink.wan.name)),
        ),
      ),
  );
  const entries = FAMILIES.flatMap((family) => {
    const able = repliersFirst(uplinks, family).filter(({ wan }) => wan.families.includes(family));
    const firsts = new Map<string, Wan>();
    for (const { wan } of able) if (!firsts.has(wan.interface)) firsts.set(wan.interface, wan);
    return [...firsts].map(
      ([device, wan]) => [concat(string(family), string(device)), goto(chainOf.wan(wan.name))] as const,
    );
  });
  return [
    ...shared,
    rule(
      comment('from outside: the reply goes back that way', site.origins.site),
      vmap(concat(meta('nfproto'), meta('iifname')), entries),
    ),
  ];
}

function concat(...parts: readonly Expression[]): Expression {
  return { kind: 'concat', parts };
}

/** New from inside, and not for the router nor from one inside network to another. A server of two WANs has no inside. */
function insideRules(site: Site): readonly Rule[] {
  if (site.lan.length === 0) return [];
  const lan = interfaces(site.lan);
  return [
    rule(
      comment('only inside interfaces are steered', site.origins.lan),
      match(meta('iifname'), lan, '!='),
      RETURN,
    ),
    rule(comment('for the router itself', site.origins.site), fibType(['local']), RETURN),
    rule(
      comment('from one inside network to another', site.origins.lan),
      match({ kind: 'fib', result: 'oifname', flags: ['daddr'] }, lan),
      RETURN,
    ),
    rule(comment('new from inside', site.origins.steering), go('goto', chainOf.steering)),
  ];
}
