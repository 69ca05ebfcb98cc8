import type { Check } from '../check.ts';
import { checkDefects } from '../flow/check-defects.ts';
import { saveCure, saveFix, sayFate, sayFlow, sayRouted } from '../flow/defect-words.ts';
import { RESTORE, routerFiles } from '../flow/example-router.ts';
import { endOfAccept } from '../flow/finding-of.ts';
import { ENDS_BASE } from '../flow/leaving-verdicts.ts';

const MARKS = (leave: string) => `${RESTORE}-A PREROUTING -i lan0 -j CHOOSE
-A PREROUTING -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A CHOOSE -s 192.168.1.20/32 -j MARK --set-xmark 0x2/0xff
${leave}`;

export const acceptBeforeSave: Check = {
  id: 'accept-before-save',
  severity: 'error',
  summary: 'a chain is left after the mark is set and before it is saved, and the connection changes its WAN',
  why: [
    'A connection stays on its WAN because the mark of its first packet is saved to the connection and restored for every later one. ACCEPT ends the table at this hook, with every chain that called this one: a save that stands behind it is never reached. RETURN, goto, NFQUEUE (its program lets packets through behind the table) and the verdicts of nft may leave in the same way.',
    'The first packet leaves by the WAN it was marked for, and the connection keeps no mark. The reply restores nothing and may be given another mark; the packet after it leaves by another WAN. With MASQUERADE the kernel then drops the packet and forgets the connection (nf_nat_oif_changed), again and again; with SNAT it leaves by the wrong WAN with the first one’s address.',
    'An ACCEPT behind a mark is no fault by itself. This check follows connections through all tables and hooks, and is silent where a later chain saves, where every packet is marked alike, and where the mark does not route. It names the rule without which the connection would stay.',
  ],
  bad: { files: routerFiles(MARKS('-A CHOOSE -m mark ! --mark 0x0/0xff -j ACCEPT\n')) },
  good: { files: routerFiles(MARKS('')) },
  run: (machine) =>
    checkDefects(machine, 'accept-before-save', (defect) => {
      const fix = saveFix(machine, defect);
      const leaves = ENDS_BASE.has(defect.detail)
        ? `ends the ${endOfAccept(defect.rule)}`
        : `leaves the chain (${defect.detail})`;
      return {
        severity: 'error',
        message: `this rule ${leaves} before the mark ${sayRouted(defect)} is saved: ${sayFlow(defect)} ${sayFate(defect)}`,
        cure: saveCure(defect),
        ...(fix === undefined ? {} : { fix }),
      };
    }),
};
