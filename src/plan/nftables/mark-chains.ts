import type { Site } from '../../config/site.ts';
import { CT_MARK, type Expression, META_MARK, number } from '../../kernel/expression.ts';
import type { Chain, NamedSet, Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { comment } from '../comment.ts';
import { lastResortChains } from '../last-resort-chains.ts';
import type { Uplink } from '../uplinks.ts';
import { goto, masked, match, RETURN, rule, setConnmark, setPacketMark } from '../words.ts';
import { chainOf, setOf } from './names.ts';

/**
 * A chain per WAN that sets connmark and packet mark together, so nothing can leave between mark and save. A constant
 * each, because nft 1.0.6 cannot merge one mark into the other under a mask (kernel-facts 3.3).
 */
export function markChains(site: Site, uplinks: readonly Uplink[]): readonly Chain[] {
  return [...uplinks.map(wanChain), ...lastResortChains(site, chainOf.lastResort)];
}

function wanChain({ wan, mark }: Uplink): Chain {
  return {
    name: chainOf.wan(wan.name),
    rules: [rule(comment(`connections of ${wan.name}`, wan.origin), setConnmark(mark), setPacketMark(mark))],
  };
}

/** Mark → the chain of its WAN. With its size the kernel looks it up in a table that does not grow, the quickest it has. */
export function wansByMark(uplinks: readonly Uplink[]): NamedSet {
  return {
    name: setOf.wansByMark,
    kind: 'map',
    key: ['mark'],
    value: ['verdict'],
    flags: [],
    size: Math.max(1, uplinks.length),
    elements: uplinks.map(({ wan, mark }) => ({
      key: number(mark.value),
      value: { kind: 'verdict', verdict: goto(chainOf.wan(wan.name)) },
    })),
  };
}

/** A look-up of this mark, which goes to its WAN's chain. */
export function wanOfMark(mark: Expression, { markMask }: Site): Statement {
  return {
    kind: 'vmap',
    key: masked(mark, markMask),
    map: { kind: 'set-ref', name: setOf.wansByMark },
  };
}

/**
 * Brings the packet mark of a known connection back. Most packets come without any bit, and theirs is the connection's
 * then; where another program has set some, the WAN's chain sets the WAN's beside them, and the connmark to what it is.
 */
export function restoreRules(site: Site): readonly Rule[] {
  const saved = masked(CT_MARK, site.markMask);
  const say = comment('known connections keep their WAN', site.origins.site);
  return [
    rule(
      say,
      match(META_MARK, number(0)),
      match(saved, number(0), '!='),
      { kind: 'set', target: META_MARK, value: saved },
      RETURN,
    ),
    rule(say, wanOfMark(CT_MARK, site)),
  ];
}
