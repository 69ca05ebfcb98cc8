import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MARK_FLOW_CHECKS } from '../../../src/lint/groups/mark-flow.ts';
import type { Family } from '../../../src/net/family.ts';
import { type Frontend, flowsIn, MASQUERADE, type Subject, subjectOf } from './subject.ts';

/** Rulesets that stand elsewhere, in the lane's addresses and names. */

const ROOT = join(import.meta.dirname, '../../..');
const GOLDEN = join(ROOT, 'test/golden');
const CORPUS = join(ROOT, '../shared/corpus');

/** Networks of the golden sites and of the examples: two WANs and the LAN. */
const NETWORKS: Readonly<Record<string, string>> = {
  '192.0.2.': '198.51.100.',
  '198.51.100.': '203.0.113.',
  '203.0.113.': '192.168.1.',
  '2001:db8:1::': '2001:db8:51::',
  '2001:db8:2::': '2001:db8:113::',
  '2001:db8:3::': '2001:db8:1::',
};

const HOSTS: Readonly<Record<string, string>> = {
  '192.168.1.5': '192.168.1.10',
  '192.168.1.6': '192.168.1.11',
  '192.168.1.20': '192.168.1.10',
  '2001:db8:1::5': '2001:db8:1::a',
  '2001:db8:1::6': '2001:db8:1::b',
};

function inLane(text: string): string {
  const moved = text.replace(
    /\b(?:192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:[123]::)/g,
    (network) => NETWORKS[network] ?? network,
  );
  return moved.replace(
    /\b(?:192\.168\.1\.(?:5|6|20)|2001:db8:1::[56])\b/g,
    (address) => HOSTS[address] ?? address,
  );
}

/** Tables that the lane empties before each ruleset. */
const TABLES = ['36', '30', '7', '40'];

function withLaneTables(lines: readonly string[]): readonly string[] {
  const own = [
    ...new Set(lines.flatMap((line) => /(?:lookup|table) (\d{3,})\b/.exec(line)?.[1] ?? [])),
  ].filter((number) => number !== '254');
  return lines.map((line) =>
    line.replace(/(lookup|table) (\d{3,})\b/, (all, word: string, number: string) =>
      own.includes(number) ? `${word} ${TABLES[own.indexOf(number)]}` : all,
    ),
  );
}

/** Sites with two WANs by Ethernet, of which both are up. In iptables, sticky clients are remembered by `recent`, which
 * trace does not follow: what it leaves open is not judged here. */
const SITES: Readonly<Record<'nftables' | 'iptables', readonly string[]>> = {
  nftables: ['two-wans', 'port-forwards', 'tiers', 'router-traffic', 'marks-and-tables'],
  iptables: ['port-forwards', 'tiers', 'router-traffic', 'marks-and-tables'],
};

export function goldenSubjects(frontend: Frontend, family: Family): readonly Subject[] {
  const backend = frontend === 'nft' ? 'nftables' : 'iptables';
  const file = frontend === 'nft' ? 'nft' : family === 'ipv4' ? 'iptables' : 'ip6tables';
  return SITES[backend].flatMap((site) => {
    const folder = join(GOLDEN, site, backend);
    const files = readdirSync(folder);
    if (!files.includes(file) || (family === 'ipv6' && !files.includes('ip6.batch'))) return [];
    const lines = withLaneTables(readFileSync(join(folder, 'ip4.batch'), 'utf8').split('\n').map(inLane));
    return {
      name: `polywan's own, ${site}`,
      frontend,
      family,
      text: inLane(readFileSync(join(folder, file), 'utf8')),
      rules: lines.flatMap((line) => {
        const [, priority, words] = /^rule add priority (\d+) (.*) protocol 87$/.exec(line) ?? [];
        return priority === undefined ? [] : [`${priority}: ${words}`.replace('lookup 254', 'lookup main')];
      }),
      routes: lines.flatMap((line) => {
        const [, table, via, device] =
          /^route replace unicast default table (\d+) .*via (\S+) dev (\S+)/.exec(line) ?? [];
        return table === undefined ? [] : [`default via ${via} dev ${device} table ${table}`];
      }),
      flows: flowsIn(family, true),
    };
  });
}

/** The examples of what is right, with their policy rules and routes. */
export function exampleSubjects(frontend: Frontend): readonly Subject[] {
  return MARK_FLOW_CHECKS.flatMap(({ id, good: { files } }) => {
    const text = files[frontend === 'nft' ? 'ruleset.nft' : 'rules.v4'];
    const rules = files['rules.txt'];
    const routes = files['routes.txt'];
    if (text === undefined || rules === undefined || routes === undefined) return [];
    const said = [...rules.split('\n'), ...routes.split('\n')].map((line) => inLane(line.replace('\t', ' ')));
    const lines = said.map((line) =>
      line.replace(/(lookup|table) 101\b/, '$1 30').replace(/(lookup|table) 102\b/, '$1 36'),
    );
    return {
      name: `the good example of ${id}`,
      frontend,
      family: 'ipv4' as const,
      text: inLane(text),
      rules: [
        // Examples are about one thing each: replies of the router are seen to.
        '95: from 203.0.113.2 lookup 36',
        ...lines.filter((line) => /^(?!0:|32766:|32767:)\d+:/.test(line)),
      ],
      routes: lines
        .filter((line) => line.startsWith('default') && / table \d/.test(line))
        .concat('default via 203.0.113.1 dev wan1 table 36')
        .filter(
          (line, at, all) =>
            all.findIndex((one) => one.split(' table')[1] === line.split(' table')[1]) === at,
        ),
      flows: flowsIn('ipv4', false),
    };
  });
}

/** Files of the corpus that INDEX calls clean and that save and restore, with what makes them fit into the lane. */
const KEPT: readonly {
  readonly file: string;
  readonly marks: Readonly<Record<string, string>>;
  readonly marksReplies?: boolean;
  readonly nat?: boolean;
  readonly words: Readonly<Record<string, string>>;
}[] = [
  {
    file: '002-ibug-rules.v6',
    marks: { wan0: '0x30/0xff', wan1: '0x36/0xff' },
    words: { 'ppp+': 'wan+', ppp0: 'wan0', 'fd00:17::2': '2001:db8:1::b' },
  },
  {
    file: '007-fwcloud-api-iptables.v4',
    marks: { wan1: '0x2' },
    nat: true,
    words: { '10.77.0.0/24': '192.168.1.0/24' },
  },
  {
    file: '019-classic-dual-wan-statistic.v4',
    marks: { wan0: '10', wan1: '20' },
    words: {
      rmnet0: 'wan0',
      wlan0: 'wan1',
      '-A PREROUTING -m statistic': '-A PREROUTING -i lan0 -m statistic',
    },
  },
  {
    file: '024-firehol-saverestore.v4',
    marks: { wan1: '0x1/0x7f' },
    marksReplies: true,
    nat: true,
    words: { dsl0: 'wan1' },
  },
  {
    file: '028-shorewall-routemark.v4',
    marks: { wan0: '0x1/0xff', wan1: '0x2/0xff' },
    marksReplies: true,
    nat: true,
    words: { eth0: 'wan0', eth1: 'wan1' },
  },
  {
    file: '033-technicolor-mwan.v4',
    marks: { wan1: '0x10000000/0xf0000000' },
    nat: true,
    words: {},
  },
  {
    file: '061-owent-mwan.nft',
    marks: { wan0: '0x100/0xff00', wan1: '0x200/0xff00' },
    nat: true,
    words: {
      '192.168.1.3': '192.168.1.11',
      // What is for these leaves unmarked, and its replies get a mark: packets die, and lint says so.
      '    ip daddr { 119.29.29.29, 180.76.76.76, 223.5.5.5, 223.6.6.6, 1.12.12.12, 120.53.53.53, 1.1.1.1, 1.0.0.1, 8.8.8.8, 8.8.4.4 } return\n':
        '',
      '    ip6 daddr { 2400:3200::1, 2400:3200:baba::1, 2400:da00::6666, 2402:4e00::, 2606:4700:4700::1111, 2606:4700:4700::1001, 2606:4700:4700::1111, 2606:4700:4700::1001 } return\n':
        '',
      // No client of the lane has this address.
      '    meta mark & 0x0000ff00 == 0x00000000 ip saddr 100.65.1.219 meta mark set meta mark | 0x0000ff00\n':
        '',
    },
  },
];

export function corpusSubjects(frontend: Frontend): readonly Subject[] {
  return KEPT.flatMap(({ file, marks, marksReplies = false, nat = false, words }) => {
    if (file.endsWith('.nft') !== (frontend === 'nft')) return [];
    const text = Object.entries(words).reduce(
      (sum, [from, to]) => sum.replaceAll(from, to),
      readFileSync(join(CORPUS, file), 'utf8'),
    );
    const whole = nat ? `${text.trimEnd()}\n${MASQUERADE[frontend === 'nft' ? 'nft' : 'iptables']}` : text;
    const family: Family = file.endsWith('.v6') ? 'ipv6' : 'ipv4';
    const subject = subjectOf({ name: file, text: '', marks, marksReplies }, frontend, family);
    return { ...subject, text: whole };
  });
}
