import type { Site } from '../../config/site.ts';
import type { Chain } from '../../kernel/netfilter.ts';
import { comment } from '../comment.ts';
import { lastResortChains } from '../last-resort-chains.ts';
import type { Uplink } from '../uplinks.ts';
import { rule, setConnmark, setPacketMark } from '../words.ts';
import { chainOf } from './names.ts';

/**
 * One pair of chains per WAN. `wan_x` sets connmark and packet mark together, so nothing can leave between mark and
 * save; `restore_x` brings the packet mark of a known connection back. A constant per WAN, because nft 1.0.6 cannot
 * merge one mark into the other under a mask (kernel-facts 3.3).
 */
export function markChains(site: Site, uplinks: readonly Uplink[]): readonly Chain[] {
  return [...uplinks.flatMap(wanChains), ...lastResortChains(site, chainOf.lastResort)];
}

function wanChains({ wan, mark }: Uplink): readonly Chain[] {
  return [
    {
      name: chainOf.wan(wan.name),
      rules: [
        rule(comment(`new connections of ${wan.name}`, wan.origin), setConnmark(mark), setPacketMark(mark)),
      ],
    },
    {
      name: chainOf.restore(wan.name),
      rules: [rule(comment(`known connections of ${wan.name}`, wan.origin), setPacketMark(mark))],
    },
  ];
}
