import type { Table } from '../../kernel/netfilter.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';

export const missingCommit: Check = {
  id: 'missing-commit',
  severity: 'error',
  summary: 'A table of an iptables-save text has no COMMIT: it is never loaded.',
  why: [
    'iptables-restore gathers the lines of a table and loads them at its COMMIT. Where the text ends before, it says "COMMIT expected" and leaves that table as it was, with the tables above already loaded; where another table begins before, it refuses that line. After a boot the rules of the table are not there at all.',
    'Often the file was cut off while it was written or copied, so look whether rules are missing as well: lint puts no COMMIT there by itself.',
  ],
  bad: {
    files: {
      'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -p tcp -m tcp --dport 443 -j DSCP --set-dscp 0x08
`,
    },
  },
  good: {
    files: {
      'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -p tcp -m tcp --dport 443 -j DSCP --set-dscp 0x08
COMMIT
`,
    },
  },
  run: ({ state }) => state.tables.flatMap(tell),
};

function tell({ family, name, uncommitted }: Table): readonly Finding[] {
  if (uncommitted === undefined) return [];
  const program = family === 'ip6' ? 'ip6tables-restore' : 'iptables-restore';
  return [
    {
      check: missingCommit.id,
      severity: 'error',
      message: `table ${name} has no COMMIT after this line: ${program} fails, and none of the table is loaded`,
      span: uncommitted,
      path: [],
      cure: 'COMMIT',
      key: `${family} ${name}`,
    },
  ];
}
