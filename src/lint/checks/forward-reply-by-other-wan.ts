import type { TracePath } from '../../trace/trace.ts';
import type { Check } from '../check.ts';
import { markReplies } from '../cures/mark-replies.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { type StrayReplies, strayReplies } from '../nat/stray-replies.ts';
import { sufferingFlow } from '../nat/suffering.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const NAT = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i wan1 -p tcp -m tcp --dport 2222 -j DNAT --to-destination 172.17.0.2:22
-A POSTROUTING -o wan0 -j MASQUERADE
-A POSTROUTING -o wan1 -j MASQUERADE
COMMIT
`;

const MANGLE = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i wan1 -m conntrack --ctstate NEW -j CONNMARK --set-xmark 0x2/0xff
-A PREROUTING -i lan0 -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
COMMIT
`;

const ROUTES = `default via 192.0.2.1 dev wan0
172.17.0.0/16 dev lan0 scope link
192.0.2.0/24 dev wan0 scope link
198.51.100.0/24 dev wan1 scope link
default via 198.51.100.1 dev wan1 table 101
`;

const RULES = (marked: string) => `0:	from all lookup local
${marked}32700:	from 198.51.100.7 lookup 101
32766:	from all lookup main
32767:	from all lookup default
`;

export const forwardReplyByOtherWan: Check = {
  id: 'forward-reply-by-other-wan',
  severity: 'error',
  lacks: true,
  summary: 'A port forward lets connections in by one uplink, and its replies leave by another.',
  why: [
    "The reply of a forwarded connection is routed while it still has the address of the server inside; the address of the uplink comes back only after that. A policy rule for the uplink's own address does not match it, so it follows the default route. There it leaves with the address of the first uplink, which that ISP drops.",
    'The connection has to remember the uplink it came in by (CONNMARK on the way in, restored on what comes from inside), and a policy rule has to send that mark to its table. It is told where routes are given and the reply goes astray on every way that the forward takes.',
  ],
  bad: { files: { 'rules.v4': NAT, 'rules.txt': RULES(''), 'routes.txt': ROUTES } },
  good: {
    files: {
      'rules.v4': MANGLE + NAT,
      'rules.txt': RULES(`32600:	from all lookup main suppress_prefixlength 0
32601:	from all fwmark 0x2/0xff lookup 101
32602:	from all fwmark 0x2/0xff unreachable
`),
      'routes.txt': ROUTES,
    },
  },
  run: (machine) => strayReplies(machine).map((stray) => tell(machine, stray)),
};

function tell(machine: Machine, { family, wan, leavesBy, rules, flow, path }: StrayReplies): Finding {
  const [first] = rules;
  const words = ruleText(machine, first.rule);
  const more = rules.length === 1 ? '' : ` (and of ${rules.length - 1} more forwards)`;
  const exits = leavesBy.join(' or ');
  const isNft = first.table.frontend === 'nft';
  const assumed = machine.given.policyRules.has(family)
    ? []
    : ['policy rules were not given: taken to be those every kernel has'];
  return {
    check: forwardReplyByOtherWan.id,
    severity: 'error',
    message: `replies of the forward \`${words}\`${more} leave by ${exits}, not by ${wan} where the connection came in`,
    span: rulePlace(machine, first.rule),
    path: [
      ...rules.slice(0, MOST_SHOWN).map(({ rule }) => ({
        span: rulePlace(machine, rule),
        rule: ruleText(machine, rule),
        note: `comes in by ${wan}`,
      })),
      { rule: 'the reply is routed', note: `leaves by ${exits}` },
    ],
    flow: sufferingFlow(machine, flow, path),
    cure: markReplies(machine, { family, wan, lan: insideOf(path), isNft }),
    ...(assumed.length === 0 ? {} : { assumed }),
    key: `${family} ${wan} ${leavesBy.join(' ')}`,
  };
}

const MOST_SHOWN = 5;

/** Where the host is that the connection was forwarded to. */
function insideOf({ packets }: TracePath): string {
  const disposition = packets[0]?.disposition;
  return disposition?.kind === 'routed' ? disposition.interface : 'lan0';
}
