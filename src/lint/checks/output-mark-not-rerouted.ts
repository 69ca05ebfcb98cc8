import type { Check } from '../check.ts';
import { markEarlier } from '../cures/mark-earlier.ts';
import { checkDefects } from '../flow/check-defects.ts';
import { sayFlow } from '../flow/defect-words.ts';
import { nftRouterFiles } from '../flow/example-router.ts';

const MARKS = (type: string) => `  chain output {
    type ${type} hook output priority mangle; policy accept;
    tcp dport 25 meta mark set 0x2 ct mark set meta mark
  }
  chain prerouting {
    type filter hook prerouting priority mangle; policy accept;
    iifname { "wan0", "wan1" } ct mark != 0 meta mark set ct mark
  }
`;

export const outputMarkNotRerouted: Check = {
  id: 'output-mark-not-rerouted',
  severity: 'error',
  summary:
    'the router’s own packets are marked where nothing routes them again, and leave as if they had no mark',
  why: [
    'The router’s own packets are routed before OUTPUT sees them, by the mark of their socket. Only the mangle table of iptables and nft chains of `type route` route them again, and only when something changed in that very chain. A mark set in a chain of `type filter`, in raw, nat or filter OUTPUT changes nothing about where the packet goes.',
    'A chain that routes again is of no use either where the mark was set before it and it sets the same: it compares what came in with what goes out.',
  ],
  bad: { files: nftRouterFiles(MARKS('filter')) },
  good: { files: nftRouterFiles(MARKS('route')) },
  run: (machine) =>
    checkDefects(machine, 'output-mark-not-rerouted', (defect) => ({
      severity: 'error',
      message: `a mark set here does not route the router’s own packets: ${sayFlow(defect)} ${
        defect.detail === 'reply' ? 'is answered by another WAN' : `does not leave by ${defect.detail}`
      }`,
      cure: markEarlier(machine, defect, 'output'),
    })),
};
