import type { Check } from '../check.ts';
import { markEarlier } from '../cures/mark-earlier.ts';
import { checkDefects } from '../flow/check-defects.ts';
import { sayFate, sayFlow } from '../flow/defect-words.ts';
import { RESTORE, routerFiles } from '../flow/example-router.ts';

const MARKS = (
  chain: string,
) => `${RESTORE}-A ${chain} -i lan0 -s 192.168.1.20/32 -j MARK --set-xmark 0x2/0xff
-A ${chain} -i lan0 -s 192.168.1.20/32 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`;

export const markAfterRouting: Check = {
  id: 'mark-after-routing',
  severity: 'error',
  summary:
    'a mark for policy rules is set in FORWARD, POSTROUTING or INPUT, when the packet is routed already',
  why: [
    'The mark at the end of PREROUTING decides where a forwarded packet goes. A rule in FORWARD or POSTROUTING comes after that: the packet leaves by the way it was on.',
    'Where the mark is saved, it is worse than useless: the first packet leaves by the default way, the packets after it restore the mark and leave by another WAN, and the connection breaks.',
    'Marks that rules ask for afterwards, or that lead where the packet goes anyway, are left alone.',
  ],
  bad: { files: routerFiles(MARKS('FORWARD')) },
  good: { files: routerFiles(MARKS('PREROUTING')) },
  run: (machine) =>
    checkDefects(machine, 'mark-after-routing', (defect) => ({
      severity: 'error',
      message: `a mark set in ${defect.detail} comes after the packet is routed: ${sayFlow(defect)} ${
        defect.astray === undefined ? 'leaves as if it had none' : sayFate(defect)
      }`,
      cure: markEarlier(machine, defect, 'prerouting'),
    })),
};
