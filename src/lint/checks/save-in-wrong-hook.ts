import type { Check } from '../check.ts';
import { checkDefects } from '../flow/check-defects.ts';
import { saveCure, sayFate, sayFlow, sayRouted } from '../flow/defect-words.ts';
import { RESTORE, routerFiles } from '../flow/example-router.ts';
import { socketMarksUnsaved } from '../flow/socket-marks.ts';

const MARKS = (
  chain: string,
) => `${RESTORE}-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff
-A ${chain} -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`;

export const saveInWrongHook: Check = {
  id: 'save-in-wrong-hook',
  severity: 'error',
  summary: 'the mark is saved at a hook that the packets it is set on do not pass',
  why: [
    'Forwarded packets pass PREROUTING, FORWARD and POSTROUTING; those for the router PREROUTING and INPUT; its own OUTPUT and POSTROUTING. A save at another hook is never reached by them, however right it looks.',
    'Marks of sockets (SO_MARK, as tunnels and proxies set them) exist on the router’s own packets only: a save for them in PREROUTING never sees one. Replies then have no mark, and strict reverse path filters drop them.',
  ],
  bad: { files: routerFiles(MARKS('INPUT')) },
  good: { files: routerFiles(MARKS('POSTROUTING')) },
  run: (machine) => [
    ...checkDefects(machine, 'save-in-wrong-hook', (defect) => ({
      severity: 'error',
      message: `saved in ${defect.detail}, where packets with the mark ${sayRouted(defect)} do not come by: ${sayFlow(defect)} ${sayFate(defect)}`,
      cure: saveCure(defect),
    })),
    ...socketMarksUnsaved(machine),
  ],
};
