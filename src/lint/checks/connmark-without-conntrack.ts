import type { Check } from '../check.ts';
import { checkDefects } from '../flow/check-defects.ts';
import { sayFate, sayFlow } from '../flow/defect-words.ts';
import { mangle, NAT, RESTORE, rulesFiles } from '../flow/example-router.ts';
import { sayRef } from '../flow/finding-of.ts';
import { afterTracking, vainConnmarks } from '../flow/vain-connmarks.ts';

const FROM_LAN = '-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff\n';
const SAVE = '-A PREROUTING -i lan0 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff\n';
const RAW = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -i lan0 -j MARK --set-xmark 0x2/0xff
${SAVE}COMMIT
`;

export const connmarkWithoutConntrack: Check = {
  id: 'connmark-without-conntrack',
  severity: 'error',
  summary: 'a connection mark is saved or restored where packets have no connection yet, or never get one',
  why: [
    'The raw table, and nft chains with a priority below -200, run before connection tracking has looked the packet up; bridge chains before -200 as well. There is no entry to save to or to restore from: CONNMARK does nothing, and nft ends the rule where it reads `ct mark`.',
    'The same holds for packets that are not tracked (NOTRACK, `notrack`) or that tracking calls invalid.',
  ],
  bad: { files: rulesFiles(RAW + mangle(RESTORE) + NAT) },
  good: { files: rulesFiles(mangle(RESTORE + FROM_LAN + SAVE) + NAT) },
  run: (machine) => {
    const suffering = checkDefects(machine, 'connmark-without-conntrack', (defect) => ({
      severity: 'error',
      message: `the packet has no connection here to save the mark to: ${sayFlow(defect)} ${sayFate(defect)}`,
      cure: afterTracking(defect.rule, sayRef(machine, defect.rule)),
    }));
    const known = new Set(suffering.map(({ span }) => span.start));
    return [...suffering, ...vainConnmarks(machine).filter(({ span }) => !known.has(span.start))];
  },
};
