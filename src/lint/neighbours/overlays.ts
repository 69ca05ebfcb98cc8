import { FULL_MASK } from '../../net/mark.ts';
import type { Neighbour } from './neighbour.ts';

/** Tunnels and overlays: their sockets are marked, so that their own packets do not go into the tunnel. */
export const OVERLAYS: readonly Neighbour[] = [
  {
    name: 'tailscale',
    title: 'Tailscale',
    mask: 0xff0000,
    values: [0x40000, 0x80000],
    socketValues: [0x80000],
    whole: false,
    connmark: 0xff0000,
    from: ['socket', 'forward'],
    // 1310–1370 where mwan3 is there as well.
    priorities: [
      [5210, 5270],
      [1310, 1370],
    ],
    signs: { chains: /^ts-(?:input|forward|postrouting)$/, interfaces: /^tailscale\d+$/ },
    purpose:
      'its own packets go round table 52 (0x80000), and what it forwards for subnet routes is translated (0x40000)',
    source: 'tailscale/tailscale util/linuxfw/linuxfw.go',
  },
  {
    name: 'netbird',
    title: 'NetBird',
    // 0x1bd00–0x1bdff: the last byte tells what for.
    mask: FULL_MASK,
    values: [0x1bd00, 0x1bd10, 0x1bd11, 0x1bd20, 0x1bd21, 0x1bd22],
    socketValues: [0x1bd00],
    whole: true,
    connmark: 0,
    from: ['socket', 'prerouting'],
    priorities: [
      [105, 105],
      [110, 110],
    ],
    signs: { chains: /^NETBIRD-|^netbird-/, tables: /^netbird$/, interfaces: /^wt\d+$/, rules: true },
    purpose:
      'its own packets go round table 7120 (0x1bd00), and what it forwards is told apart (0x1bd10–0x1bdff)',
    source: 'netbirdio/netbird util/net/net.go',
  },
  {
    name: 'wg-quick',
    title: 'wg-quick',
    mask: FULL_MASK,
    values: [0xca6c],
    whole: true,
    connmark: FULL_MASK,
    from: ['socket'],
    priorities: [[32_764, 32_765]],
    signs: { tables: /^wg-quick-/, comments: /^wg-quick\(8\) rule/, rules: true },
    purpose: "the tunnel's own packets go round table 51820",
    source: 'WireGuard/wireguard-tools src/wg-quick/linux.bash',
  },
  {
    name: 'mullvad',
    title: 'Mullvad',
    mask: FULL_MASK,
    values: [0x6d6f6c65],
    whole: true,
    connmark: FULL_MASK,
    from: ['socket', 'output', 'prerouting'],
    priorities: [],
    signs: { tables: /^mullvad$/, rules: true },
    purpose: 'packets that are not to go into the tunnel (connmark 0xf41 with it)',
    source: 'mullvad/mullvadvpn-app talpid-core/src/firewall/linux.rs',
  },
];
