import type { Site } from '../../config/site.ts';
import { binary, CT_MARK, META_MARK, meta, number, payload, string } from '../../kernel/expression.ts';
import type { Chain, Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Family } from '../../net/family.ts';
import { comment } from '../comment.ts';
import { lastResortChains } from '../last-resort-chains.ts';
import { PROBE_PORTS, probesCouldBeSteered } from '../probe-ports.ts';
import { repliersFirst } from '../shared-interface.ts';
import type { Uplink } from '../uplinks.ts';
import {
  fibType,
  go,
  header,
  interfaces,
  isNew,
  masked,
  match,
  portExpression,
  RETURN,
  rule,
  setConnmark,
  setPacketMark,
} from '../words.ts';
import { chainOf } from './names.ts';
import { everyPacketRule } from './table.ts';

/** The chains of table mangle that need no policy: restore, ingress, output, marks. */
export function markChains(site: Site, uplinks: readonly Uplink[], family: Family): readonly Chain[] {
  const able = uplinks.filter((uplink) => uplink.wan.families.includes(family));
  return [
    preroutingChain(site, able, family),
    outputChain(site, able, family),
    {
      name: chainOf.restore,
      rules: [
        rule(comment('known connections keep their WAN', site.origins.site), restoreMark(site.markMask)),
      ],
    },
    ...able.map(wanChain),
    ...lastResortChains(site, chainOf.lastResort),
  ];
}

/** packet mark = (packet mark & ~mask) ^ (connmark & mask): CONNMARK --restore-mark under the mask. */
function restoreMark(mask: number): Statement {
  const kept = binary('&', META_MARK, number(~mask >>> 0));
  return { kind: 'set', target: META_MARK, value: binary('^', kept, masked(CT_MARK, mask)) };
}

/** A connection with a mark goes to the chain that restores it, and is done. Without an entry no connmark matches (3). */
function restoreRule(site: Site): Rule {
  return everyPacketRule(match(masked(CT_MARK, site.markMask), number(0), '!='), go('goto', chainOf.restore));
}

function onlyNew(site: Site): Rule {
  return rule(comment('only what is new is steered', site.origins.site), isNew('!='), RETURN);
}

function preroutingChain(site: Site, uplinks: readonly Uplink[], family: Family): Chain {
  return {
    name: chainOf.prerouting,
    rules: [
      restoreRule(site),
      onlyNew(site),
      rule(
        comment('from the router to itself', site.origins.site),
        match(meta('iifname'), string('lo')),
        RETURN,
      ),
      rule(comment('neighbour discovery, multicast', site.origins.site), fibType(notUnicast(family)), RETURN),
      ...sharedIngress(uplinks, family),
      ...repliersFirst(uplinks, family).map(({ wan }) =>
        rule(
          comment(`from outside by ${wan.name}`, wan.origin),
          match(meta('iifname'), string(wan.interface)),
          go('goto', chainOf.wan(wan.name)),
        ),
      ),
      rule(comment('for the router itself', site.origins.site), fibType(['local']), RETURN),
      ...site.lan.map((name) =>
        rule(
          comment('new from inside', site.origins.steering),
          match(meta('iifname'), interfaces([name])),
          go('goto', chainOf.steering(0)),
        ),
      ),
    ],
  };
}

/** IPv6 has no broadcast. */
function notUnicast(family: Family): readonly string[] {
  return family === 'ipv4' ? ['broadcast', 'anycast', 'multicast'] : ['anycast', 'multicast'];
}

/** WANs that share an interface are told apart by the address that was asked for. */
function sharedIngress(uplinks: readonly Uplink[], family: Family): readonly Rule[] {
  return uplinks
    .filter((uplink) => uplink.shared.includes(family))
    .flatMap(({ wan, addresses }) =>
      addresses
        .filter((address) => address.family === family)
        .map(({ address }) =>
          rule(
            comment(`from outside by ${wan.name}`, wan.origin),
            match(payload(header(family), 'daddr'), string(address)),
            match(meta('iifname'), string(wan.interface)),
            go('goto', chainOf.wan(wan.name)),
          ),
        ),
    );
}

/** mangle OUTPUT re-routes (kernel-facts 5.2). Marks of probes, `exec` and other programs are left alone. */
function outputChain(site: Site, uplinks: readonly Uplink[], family: Family): Chain {
  const ours = masked(META_MARK, site.markMask);
  return {
    name: chainOf.output,
    rules: [
      ...uplinks.map(({ wan, mark }) =>
        rule(
          comment(`marked by its sender: the connection learns ${wan.name}`, wan.origin),
          match(masked(CT_MARK, site.markMask), number(0)),
          match(ours, number(mark.value)),
          go('goto', chainOf.wan(wan.name)),
        ),
      ),
      rule(comment('marked by its sender', site.origins.site), match(ours, number(0), '!='), RETURN),
      restoreRule(site),
      onlyNew(site),
      ...probeRules(site),
      rule(
        comment('marked by another program', site.origins.site),
        match(META_MARK, number(0), '!='),
        RETURN,
      ),
      ...['lo', ...site.lan].map((name) =>
        rule(comment('stays inside', site.origins.lan), match(meta('oifname'), interfaces([name])), RETURN),
      ),
      rule(
        comment('for the router itself, multicast', site.origins.site),
        fibType(['local', ...notUnicast(family)]),
        RETURN,
      ),
      rule(comment('new from the router', site.origins.steering), go('goto', chainOf.steeringRouter(0))),
    ],
  };
}

/** They are bound to a WAN's own address, whose policy rule leads to its table. */
function probeRules(site: Site): readonly Rule[] {
  if (!probesCouldBeSteered(site)) return [];
  return ['tcp', 'udp'].map((protocol) =>
    rule(
      comment('probes keep to their WAN', site.origins.site),
      match(meta('l4proto'), string(protocol)),
      match(payload(protocol, 'sport'), portExpression(PROBE_PORTS)),
      RETURN,
    ),
  );
}

function wanChain({ wan, mark }: Uplink): Chain {
  const say = comment(`connections of ${wan.name}`, wan.origin);
  return {
    name: chainOf.wan(wan.name),
    rules: [rule(say, setConnmark(mark)), rule(say, setPacketMark(mark))],
  };
}
