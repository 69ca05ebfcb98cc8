import type { Site } from '../../config/site.ts';
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
import type { Verdict } from '../../kernel/verdict.ts';
import { comment } from '../comment.ts';
import { PROBE_PORTS, probesCouldBeSteered } from '../probe-ports.ts';
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
  rule,
  verdict,
  vmap,
} from '../words.ts';
import { chainOf } from './names.ts';

/** nft's own number for priority `mangle` (kernel-facts 1.1). */
const MANGLE = -150;

export function baseChain(type: BaseChain['type'], hook: Hook, priority: number): BaseChain {
  return { type, hook, priority, policy: 'accept' };
}

/**
 * What comes in. A known connection's mark comes back first, by one map look-up however many WANs there are; what is
 * left and not new (untracked, invalid, older than polywan) goes its own way. A packet without a conntrack entry
 * breaks off the first rule (kernel-facts 4.2) and ends at the second.
 */
export function preroutingChain(site: Site, uplinks: readonly Uplink[]): Chain {
  return {
    name: 'prerouting',
    base: baseChain('filter', 'prerouting', MANGLE),
    rules: [
      restoreRule(site, uplinks),
      rule('only what is new is steered', isNew('!='), verdict('return')),
      rule('from the router to itself', match(meta('iifname'), string('lo')), verdict('return')),
      rule(
        'neighbour discovery, multicast, broadcast',
        fibType(['broadcast', 'anycast', 'multicast']),
        verdict('return'),
      ),
      ...ingressRules(uplinks),
      ...insideRules(site),
    ],
  };
}

/**
 * What the router itself sends, in a chain that re-routes (kernel-facts 5.2). Probes, `exec` and sockets with a WAN's
 * mark keep it, and their connection learns it; packets that another program has marked are left alone.
 */
export function outputChain(site: Site, uplinks: readonly Uplink[]): Chain {
  const ours = masked(META_MARK, site.markMask);
  return {
    name: 'output',
    base: baseChain('route', 'output', MANGLE),
    rules: [
      rule(
        'marked by its sender: the connection learns the mark',
        match(masked(CT_MARK, site.markMask), number(0)),
        vmap(
          ours,
          uplinks.map((uplink) => [number(uplink.mark.value), goto(chainOf.wan(uplink.wan.name))]),
        ),
      ),
      rule('marked by its sender', match(ours, number(0), '!='), verdict('return')),
      restoreRule(site, uplinks),
      rule('only what is new is steered', isNew('!='), verdict('return')),
      ...probeRules(site),
      rule('marked by another program', match(META_MARK, number(0), '!='), verdict('return')),
      rule('stays inside', match(meta('oifname'), interfaces(['lo', ...site.lan])), verdict('return')),
      rule(
        'for the router itself, multicast, broadcast',
        fibType(['local', 'broadcast', 'anycast', 'multicast']),
        verdict('return'),
      ),
      rule('new from the router', go('goto', chainOf.steeringRouter)),
    ],
  };
}

/** They are bound to a WAN's own address, whose policy rule leads to its table. */
function probeRules(site: Site): readonly Rule[] {
  if (!probesCouldBeSteered(site)) return [];
  return [
    rule(
      'probes keep to their WAN',
      match(meta('l4proto'), oneOf([string('tcp'), string('udp')])),
      match(payload('th', 'sport'), portExpression(PROBE_PORTS)),
      verdict('return'),
    ),
  ];
}

function restoreRule(site: Site, uplinks: readonly Uplink[]): Rule {
  const entries = uplinks.map((uplink): readonly [Expression, Verdict] => [
    number(uplink.mark.value),
    goto(chainOf.restore(uplink.wan.name)),
  ]);
  return rule('known connections keep their WAN', vmap(masked(CT_MARK, site.markMask), entries));
}

/** New from outside: the reply goes back the way it came. WANs that share an interface are told apart by their address. */
function ingressRules(uplinks: readonly Uplink[]): readonly Rule[] {
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
  const seen = new Set<string>();
  const entries = uplinks.flatMap(({ wan }) =>
    wan.families.flatMap((family): readonly (readonly [Expression, Verdict])[] => {
      const key = `${family} ${wan.interface}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [[concat(string(family), string(wan.interface)), goto(chainOf.wan(wan.name))]];
    }),
  );
  return [
    ...shared,
    rule(
      'from outside: the reply goes back that way',
      vmap(concat(meta('nfproto'), meta('iifname')), entries),
    ),
  ];
}

function concat(...parts: readonly Expression[]): Expression {
  return { kind: 'concat', parts };
}

/** New from inside, and not for the router nor from one inside network to another. */
function insideRules(site: Site): readonly Rule[] {
  const lan = interfaces(site.lan);
  return [
    rule('only inside interfaces are steered', match(meta('iifname'), lan, '!='), verdict('return')),
    rule('for the router itself', fibType(['local']), verdict('return')),
    rule(
      'from one inside network to another',
      match({ kind: 'fib', result: 'oifname', flags: ['daddr'] }, lan),
      verdict('return'),
    ),
    rule('new from inside', go('goto', chainOf.steering)),
  ];
}
