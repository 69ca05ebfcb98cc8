import type { Check } from '../check.ts';
import { checkDefects } from '../flow/check-defects.ts';
import type { Defect } from '../flow/defect.ts';
import { restoreCure, sayFate, sayFlow } from '../flow/defect-words.ts';
import { routerFiles } from '../flow/example-router.ts';

const MARKS = (chain: string) => `-A ${chain} -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff
-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`;

export const restoreInWrongHook: Check = {
  id: 'restore-in-wrong-hook',
  severity: 'error',
  lacks: true,
  summary: 'the saved mark comes back when the packet is routed already, or not at all',
  why: [
    'A restored mark routes only what it reaches before routing: in PREROUTING for packets that come in, in mangle OUTPUT (nft: `type route`) for the router’s own. In FORWARD, POSTROUTING or INPUT it may serve filters and traffic control, but the packet is on its way.',
    'Reported where the connection has its mark saved and its later packets, which need it, are routed without.',
  ],
  bad: { files: routerFiles(MARKS('FORWARD')) },
  good: { files: routerFiles(MARKS('PREROUTING')) },
  run: (machine) =>
    checkDefects(machine, 'restore-in-wrong-hook', (defect) => ({
      severity: 'error',
      message: `${sayWhere(defect)}: ${sayFlow(defect)} ${sayFate(defect)}`,
      cure: restoreCure(defect),
    })),
};

function sayWhere({ detail }: Defect): string {
  switch (detail) {
    case 'nowhere':
      return 'the mark set here is saved, and nothing restores it';
    case 'not in prerouting':
    case 'not in output':
      return `the mark set here is saved, but ${detail.replace('not ', 'no rule ')} restores it for these packets`;
    default:
      return `a mark restored in ${detail} comes after the packet is routed`;
  }
}
