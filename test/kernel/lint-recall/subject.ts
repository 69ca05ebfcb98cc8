import type { Family } from '../../../src/net/family.ts';
import type { TestFlow } from '../differential/generate.ts';
import { BY_WAN1 } from '../differential/hosts.ts';
import { inFamily } from '../differential/variation.ts';

export const FRONTENDS = ['iptables-legacy', 'iptables-nft', 'nft'] as const;
export type Frontend = (typeof FRONTENDS)[number];

/** A ruleset that keeps connections with their WAN, in the lane's names and addresses, and the routing its marks are for. */
export interface Subject {
  readonly name: string;
  readonly frontend: Frontend;
  readonly family: Family;
  readonly text: string;
  /** `100: from all fwmark 0x1/0xff lookup 30`, beside the kernel's own; in IPv4's words, as the routes are. */
  readonly rules: readonly string[];
  /** `default via 203.0.113.1 dev wan1 table 36`, beside the lane's own. */
  readonly routes: readonly string[];
  readonly flows: readonly TestFlow[];
}

/** A ruleset as it is written down: in IPv4, for one or several front ends. */
export interface Written {
  readonly name: string;
  readonly text: string;
  /** Mark of each WAN, as policy rules ask for it. */
  readonly marks: Readonly<Record<string, string>>;
  /** Replies of the router are marked for the WAN that they answer to; else a policy rule by its address sends them there. */
  readonly marksReplies?: boolean;
  /** Replies of clients are seen to in any case. */
  readonly marksForwarded?: boolean;
}

/** Address translation for both WANs. */
export const MASQUERADE = {
  iptables: `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan0 -j MASQUERADE
-A POSTROUTING -o wan1 -j MASQUERADE
COMMIT
`,
  nft: `table ip nat {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		oifname { "wan0", "wan1" } masquerade
	}
}
`,
};

/** The lane's WANs: main's default is by wan0. */
const TABLES: Readonly<Record<string, string>> = { wan0: '30', wan1: '36' };
const OWN: readonly (readonly [string, string])[] = [
  ['wan0', '198.51.100.2'],
  ['wan1', '203.0.113.2'],
];
const GATEWAYS: Readonly<Record<string, string>> = { wan0: '198.51.100.1', wan1: '203.0.113.1' };

export function subjectOf(written: Written, frontend: Frontend, family: Family): Subject {
  const { name, text, marks, marksReplies = false, marksForwarded = marksReplies } = written;
  const guards = Object.values(marks).map((mark, at) => `${201 + at}: from all fwmark ${mark} unreachable`);
  return {
    name,
    frontend,
    family,
    text: family === 'ipv4' ? text : inFamily(text, family).replaceAll('table ip ', 'table ip6 '),
    rules: [
      '90: from all lookup main suppress_prefixlength 0',
      ...(marksReplies
        ? []
        : OWN.map(([wan, address], at) => `${95 + at}: from ${address} lookup ${TABLES[wan]}`)),
      ...Object.entries(marks).map(
        ([wan, mark], at) => `${101 + at}: from all fwmark ${mark} lookup ${TABLES[wan]}`,
      ),
      ...guards,
    ],
    routes: Object.keys(TABLES).map((wan) => `default via ${GATEWAYS[wan]} dev ${wan} table ${TABLES[wan]}`),
    flows: flowsIn(family, marksForwarded),
  };
}

/**
 * Both clients and the router to servers of every kind; servers to the router by both WANs, and in IPv6, where nothing
 * hides them, to a client. Counts of UDP flows are odd: rules that take turns meet each flow's packets in other turns.
 */
const SENT: readonly {
  readonly side: TestFlow['side'];
  readonly from: string;
  readonly to: readonly string[];
  /** Only where replies are marked, and nothing hides the client. */
  readonly direct?: true;
}[] = [
  {
    side: 'lan',
    from: '192.168.1.10',
    to: ['192.0.2.1:53', '192.0.2.2:443', '192.0.3.1:8080', '192.0.3.1:53'],
  },
  { side: 'lan', from: '192.168.1.11', to: ['192.0.2.1:53', '192.0.2.2:443', '192.0.3.1:8080'] },
  {
    side: 'box',
    from: '0.0.0.0',
    to: ['192.0.2.1:53', '192.0.3.1:443', '192.0.2.2:8080', '192.0.2.2:53', '192.0.2.1:443'],
  },
  {
    side: 'out',
    from: '192.0.2.1',
    to: ['198.51.100.2:443', '203.0.113.2:443', '198.51.100.2:8080', '203.0.113.2:8080'],
  },
  { side: 'out', from: '192.0.2.1', to: ['192.168.1.10:443'], direct: true },
  { side: 'out', from: BY_WAN1, to: ['192.168.1.10:443'], direct: true },
];

export function flowsIn(family: Family, marksForwarded: boolean): readonly TestFlow[] {
  const isSent = (direct: boolean) => !direct || (family === 'ipv6' && marksForwarded);
  return SENT.filter(({ direct = false }) => isSent(direct)).flatMap(({ side, from, to }) =>
    to.flatMap((text) =>
      (['udp', 'tcp'] as const).map((protocol): TestFlow => {
        const [address = '', port = ''] = text.split(':');
        return {
          side,
          protocol,
          mark: 0,
          from: { address: inFamily(from, family), port: 0 },
          to: { address: inFamily(address, family), port: Number(port) },
        };
      }),
    ),
  );
}
