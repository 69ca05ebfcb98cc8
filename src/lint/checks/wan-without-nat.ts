import { FAMILIES } from '../../net/family.ts';
import { formatPrefix, networkOf } from '../../net/prefix.ts';
import { untranslatedLocalTraffic } from '../../plan/untranslated-local-traffic.ts';
import type { RuleRef } from '../../trace/trace.ts';
import type { Check } from '../check.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding, PathStep } from '../finding.ts';
import { shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { ruleOf } from '../nat/rule-of.ts';
import { sufferingFlow } from '../nat/suffering.ts';
import { type UntrackedLeaving, untrackedLeaving } from '../nat/untracked-leaving.ts';
import { type Untranslated, untranslatedWans } from '../nat/untranslated.ts';
import { rulePlace, ruleText } from '../rule-place.ts';
import { ownFlowBy } from '../sites/steered-flow.ts';

const ROUTING = {
  'rules.txt': `0:	from all lookup local
32765:	from 172.17.5.0/24 lookup 101
32766:	from all lookup main
32767:	from all lookup default
`,
  'routes.txt': `default via 192.0.2.1 dev wan0
172.17.0.0/16 dev lan0 scope link
192.0.2.0/24 dev wan0 scope link
198.51.100.0/24 dev wan1 scope link
default via 198.51.100.1 dev wan1 table 101
172.17.0.0/16 dev lan0 scope link table 101
`,
} as const;

const RULES = (rules: string) => `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${rules}
COMMIT
`;

export const wanWithoutNat: Check = {
  id: 'wan-without-nat',
  severity: 'error',
  lacks: true,
  summary: 'Private sources leave an uplink as they are: no answer ever comes back.',
  why: [
    'An ISP drops packets from private addresses, or sends their answers nowhere. A router that translates them for one uplink and not for another loses every connection that is routed to the second one; it shows only on the day of the failover.',
    'It is told where some uplink is translated, so that this is the machine where translation happens, and where a default route leaves by the other one; without routes it is a warning that says what was assumed. IPv6 clients have addresses of their own: it is told only where all they have are unique local ones.',
    'A rule for a smaller network than the one inside leaves the other hosts as they are. Where no uplink translates those it is a warning: they may be meant to stay without the internet, which is for FORWARD to say. A rule for one host is taken to be meant for it.',
    'Packets that are not tracked are not translated: a NOTRACK that is meant for a service of the router, and is for what hosts inside send to the internet as well, lets these out as they are.',
    'Of a site the traffic of the router itself is looked at: sent by another uplink it keeps the source of the first.',
  ],
  bad: { files: { 'rules.v4': RULES('-A POSTROUTING -o wan0 -j MASQUERADE'), ...ROUTING } },
  good: {
    files: {
      'rules.v4': RULES('-A POSTROUTING -o wan0 -j MASQUERADE\n-A POSTROUTING -o wan1 -j MASQUERADE'),
      ...ROUTING,
    },
  },
  run: (machine) => [
    ...siteFindings(machine),
    ...FAMILIES.flatMap((family) => untranslatedWans(machine, family)).map((one) => tell(machine, one)),
    ...untrackedLeaving(machine).map((one) => tellUntracked(machine, one)),
  ],
};

function siteFindings(machine: Machine): readonly Finding[] {
  const { site } = machine;
  if (site === undefined) return [];
  return untranslatedLocalTraffic(site, machine.state.routes).map(
    ({ message, origin, wan, family }): Finding => {
      return {
        check: wanWithoutNat.id,
        severity: 'warning',
        message,
        span: origin.span,
        path: [],
        cure: cureText('translate it, in its profile', ['masquerade: yes']),
        ...shown(machine, ownFlowBy(site, wan, family)),
        key: message,
      };
    },
  );
}

function tell(machine: Machine, one: Untranslated): Finding {
  const { wan, flow, path, elsewhere, divided, routed } = one;
  const translating = stepOf(machine, elsewhere, `does not match what leaves by ${wan}`);
  const assumed = [
    ...(routed ? [] : [`routes were not given: taken that traffic to the internet leaves by ${wan}`]),
    ...(flow.source === undefined ? ['addresses inside were not given: taken to be private'] : []),
    ...machine.roles.guessed.filter((sentence) => sentence.startsWith(`${wan} `)),
  ];
  return {
    check: wanWithoutNat.id,
    // A part of a network that nothing translates may be meant to stay without the internet.
    severity: routed && divided === undefined ? 'error' : 'warning',
    message: messageOf(one),
    span: translating[0]?.span ?? { file: machine.name, start: 0, end: 0 },
    path: translating,
    flow: sufferingFlow(machine, flow, path),
    cure: cureFor(wan, elsewhere),
    ...(assumed.length === 0 ? {} : { assumed }),
    key: `${flow.family} ${wan}`,
  };
}

function messageOf({ wan, flow, divided }: Untranslated): string {
  const sources = flow.family === 'ipv4' ? 'private sources' : 'unique local sources';
  const packets = flow.protocol === 'udp' ? 'UDP packets of ' : '';
  const fate = `leave by ${wan} untranslated, where no answer finds its way back`;
  return divided === undefined
    ? `${packets}${sources} ${fate}: only other uplinks have a rule for them`
    : `${packets}some hosts of ${formatPrefix(networkOf(divided))} ${fate}: rules translate a part of this network alone`;
}

function tellUntracked(machine: Machine, { at, flow, wan, path, translator }: UntrackedLeaving): Finding {
  const words = ruleText(machine, at.rule);
  const span = rulePlace(machine, at.rule);
  const unreached = stepOf(machine, translator, 'not reached by untracked packets');
  return {
    check: wanWithoutNat.id,
    severity: 'warning',
    message: `\`${words}\` leaves packets from inside untracked: they leave by ${wan} untranslated, where no answer finds its way back`,
    span,
    path: [{ span, rule: words, note: 'no connection entry' }, ...unreached],
    flow: sufferingFlow(machine, flow, path),
    cure: `ask for the interfaces or addresses that the rule is meant for, so that it is not for what comes in by ${flow.in}`,
    key: `${at.table.family} ${at.table.name} ${at.chain.name}: ${words}`,
  };
}

/** None where the rule is not found among those given. */
function stepOf(machine: Machine, ref: RuleRef, note: string): readonly PathStep[] {
  const rule = ruleOf(machine.state, ref);
  return rule === undefined ? [] : [{ span: rulePlace(machine, rule), rule: ruleText(machine, rule), note }];
}

function cureFor(wan: string, { frontend, chain }: RuleRef): string {
  return frontend === 'nft'
    ? `oifname "${wan}" masquerade`
    : `-A ${chain} -o ${wan.replace(/\*$/, '+')} -j MASQUERADE`;
}
