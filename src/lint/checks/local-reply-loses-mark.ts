import type { Check } from '../check.ts';
import { checkDefects } from '../flow/check-defects.ts';
import type { Defect } from '../flow/defect.ts';
import { restoreLine, sayFate, sayFlow } from '../flow/defect-words.ts';
import { RESTORE, routerFiles } from '../flow/example-router.ts';

const MARKS = (output: string) => `${RESTORE}-A PREROUTING -i wan1 -j MARK --set-xmark 0x2/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
${output}`;

export const localReplyLosesMark: Check = {
  id: 'local-reply-loses-mark',
  severity: 'error',
  lacks: true,
  summary: 'a connection to the router comes in by a marked WAN, and the router’s answer leaves by another',
  why: [
    'What comes in by a WAN is marked so that its replies go back there. Replies of hosts inside are restored in PREROUTING; those of the router itself never come by there, only by OUTPUT. Without a restore in OUTPUT they have no mark, and leave by main’s default: the other side, or its ISP, drops them.',
    'Restore in mangle OUTPUT (nft: `type route hook output`), or send them back by their address: `ip rule add from ADDRESS lookup TABLE`. Reported only where policy rules and routes are given: such a rule makes it right, and so does main’s default where it is by that WAN.',
    'Reported as well where uplinks have marks of their own and a rule that chooses an uplink for connections from inside comes first.',
  ],
  bad: { files: routerFiles(MARKS('')) },
  good: {
    files: routerFiles(MARKS('-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff\n')),
  },
  run: (machine) =>
    checkDefects(machine, 'local-reply-loses-mark', (defect) => ({
      severity: 'error',
      message: `${sayWhat(defect)}: ${sayFlow(defect)} ${sayFate(defect)}`,
      cure:
        defect.detail !== ''
          ? 'mark what comes in by an uplink for that uplink, before and apart from the rules that choose one'
          : `restore ${
              defect.rule.frontend === 'nft'
                ? 'in a chain of `type route hook output priority mangle`'
                : 'first in OUTPUT of the mangle table'
            }:\n${restoreLine(defect, 'OUTPUT')}`,
    })),
};

function sayWhat({ detail }: Defect): string {
  switch (detail) {
    case 'another':
      return 'connections to the router that come in by an uplink with a mark of its own get another one’s here';
    case 'not reached':
      return 'this rule leaves before what comes in by the uplink gets the mark that its answers need';
    default:
      return 'the router’s answers do not get this mark back';
  }
}
