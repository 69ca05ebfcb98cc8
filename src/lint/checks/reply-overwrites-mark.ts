import type { Check } from '../check.ts';
import { checkDefects } from '../flow/check-defects.ts';
import { sayFate, sayFlow, whereUnmarked } from '../flow/defect-words.ts';
import { routerFiles } from '../flow/example-router.ts';

const MARKS = (guard: string) => `-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i lan0 -m mark --mark 0x0/0xff -s 192.168.1.20/32 -j MARK --set-xmark 0x2/0xff
-A PREROUTING ! -i lan0 ${guard}-j MARK --set-xmark 0x1/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`;

export const replyOverwritesMark: Check = {
  id: 'reply-overwrites-mark',
  severity: 'error',
  summary: 'a reply gives its connection another mark, and the next packet leaves by another WAN',
  why: [
    'Rules in PREROUTING see replies as well as first packets. One that marks by the interface a packet comes in by, meant for connections from outside, marks the replies of connections from inside too; when that mark is saved, the connection has it from then on.',
    'Where each uplink has its own mark and the reply comes in by the uplink the connection left by, the mark is the same and all is well: then nothing is reported.',
    'Restore first, and mark only what has no mark: for example `-m mark --mark 0x0/0xff`, or `--ctstate NEW --ctdir ORIGINAL`.',
  ],
  bad: { files: routerFiles(MARKS('')) },
  good: { files: routerFiles(MARKS('-m mark --mark 0x0/0xff ')) },
  run: (machine) =>
    checkDefects(machine, 'reply-overwrites-mark', (defect) => {
      const { what, cure } = defect.detail === 'restored behind' ? CLEARED : MARKED;
      return {
        severity: 'error',
        message: `${what}: ${sayFlow(defect)} ${sayFate(defect)}`,
        cure: `${cure}:\n${whereUnmarked(machine, defect)}`,
      };
    }),
};

const MARKED = {
  what: 'the reply gives the connection another mark here',
  cure: 'mark what comes in only where its connection has no mark yet',
};

const CLEARED = {
  what: 'this save stands before the restore, and clears the connection’s mark when the reply comes by',
  cure: 'restore before it, or save only where the connection has no mark yet',
};
