import type { LintReport } from '../../../src/cli/lint/report.ts';
import type { Finding } from '../../../src/lint/finding.ts';
import type { Span } from '../../../src/net/span.ts';

export const RULES = `*mangle
:fast - [0:0]
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i lan0 -j fast
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
\t-A fast -m comment --comment "für 100% alle: a,b" -j MARK --set-xmark 0x36/0xff
-A fast -j ACCEPT
COMMIT
`;
const RULES_FILE = 'etc/rules.v4';

/** The first place of these words. */
export function spanOf(words: string, file = RULES_FILE): Span {
  const start = RULES.indexOf(words);
  return { file, start, end: start + words.length };
}

const MARKING = '-A fast -m comment --comment "für 100% alle: a,b" -j MARK --set-xmark 0x36/0xff';

export const FINDING: Finding = {
  check: 'accept-before-save',
  severity: 'error',
  message:
    'connections marked 0x36 leave by wan1 until the first reply and by wan0 after it, which kills them',
  span: spanOf('-A fast -j ACCEPT'),
  path: [
    { span: spanOf('-A PREROUTING -i lan0 -j fast'), rule: '-A PREROUTING -i lan0 -j fast' },
    { span: spanOf(MARKING), rule: MARKING, note: 'mark 0x0 -> 0x36' },
    { span: spanOf('-A fast -j ACCEPT'), rule: '-A fast -j ACCEPT', note: 'ends the table' },
  ],
  flow: {
    flow: {
      family: 'ipv4',
      in: 'lan0',
      source: '192.0.2.10',
      destination: '203.0.113.9',
      protocol: 'tcp',
      sourcePort: 40000,
      destinationPort: 443,
      mark: 0x100,
    },
    conditions: ['the connection is new'],
    packets: [
      { name: 'P1', mark: 0x36, connmark: 0, exit: 'wan1' },
      { name: 'P1b', mark: 0x36, connmark: 0, exit: 'wan1' },
      { name: 'R', mark: 0, connmark: 0, exit: 'lan0' },
      { name: 'P3', mark: { value: 0x30, unknown: 0xf }, exit: 'wan0' },
    ],
    otherwise: {
      when: 'without the ACCEPT',
      packets: [{ name: 'P1', mark: 0x36, connmark: 0x36, exit: 'wan1' }],
    },
  },
  assumed: ['marks under 0xff choose the WAN: no policy rules were given'],
  cure: `-A fast -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff`,
  fix: [{ span: { ...spanOf('-A fast -j ACCEPT'), end: spanOf('-A fast -j ACCEPT').start }, text: 'x\n' }],
  key: 'mangle fast ACCEPT',
};

export const NOTE: Finding = {
  check: 'unknown-target',
  severity: 'note',
  message: 'a name with an escape: \u001b[31mred',
  span: spanOf('alle'),
  path: [],
  key: 'mangle fast MARK',
};

export const REPORT: LintReport = {
  machines: [{ name: 'etc', files: [RULES_FILE] }],
  findings: [FINDING, NOTE],
  suppressed: [
    { finding: { ...NOTE, severity: 'warning' }, reason: 'the old box goes in May', by: 'comment' },
  ],
  unreadable: [{ message: "unknown table 'mangel'", span: spanOf('*mangle') }],
  notes: ['etc/notes.txt is left out'],
  summary: {
    errors: 1,
    warnings: 0,
    notes: 1,
    suppressed: 1,
    known: 2,
    machines: 1,
    files: 1,
    ignored: 1,
  },
  sources: new Map([[RULES_FILE, RULES]]),
};
