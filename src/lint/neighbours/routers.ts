import type { Neighbour } from './neighbour.ts';

/** Other programs that choose among uplinks: any value within their mask is a route of theirs. */
export const ROUTERS: readonly Neighbour[] = [
  {
    name: 'mwan3',
    title: 'mwan3',
    mask: 0x3f00,
    values: [],
    whole: false,
    connmark: 0x3f00,
    from: ['prerouting', 'output'],
    priorities: [[1001, 3060]],
    signs: { chains: /^mwan[34]_/, tables: /^mwan4$/ },
    purpose: 'the uplink of a packet; its two highest values are unreachable and blackhole',
    source: 'openwrt/packages net/mwan3/files/lib/mwan3/mwan3.sh',
  },
  {
    name: 'pbr',
    title: 'OpenWrt pbr',
    mask: 0x00ff0000,
    values: [],
    whole: false,
    connmark: 0,
    from: ['prerouting', 'output'],
    priorities: [],
    signs: { chains: /^(?:pbr_|PBR_)/ },
    purpose: 'the uplink of a packet',
    source: 'openwrt/packages net/pbr/files/etc/init.d/pbr',
  },
  {
    name: 'asuswrt',
    title: 'ASUSWRT',
    mask: 0xf0000000,
    values: [],
    whole: false,
    connmark: 0xf0000000,
    from: ['prerouting', 'output'],
    priorities: [],
    // Its chains have names that others use as well: only the settings tell.
    signs: {},
    purpose: 'the uplink of a packet, where two are balanced',
    source: 'RMerl/asuswrt-merlin.ng release/src/router/rc/firewall.c',
  },
];
