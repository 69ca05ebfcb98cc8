import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { TableNames } from '../../src/codec/ip-names.ts';
import { readPolicyRuleText } from '../../src/codec/ip-rule-text.ts';
import { readIptablesSave } from '../../src/codec/iptables/read.ts';
import { readScript } from '../../src/codec/shell/read-script.ts';
import { canonicalTable } from '../../src/kernel/canonical.ts';
import type { Table } from '../../src/kernel/netfilter.ts';

/** As people write them: functions, loops over words, guards that make it run twice, here-documents. */
const SCRIPT = `#!/bin/sh
set -e
IPT="iptables -w"
MASK=0xff
WAN1=wan0; WAN2="wan1"
LAN=lan0

mark() { # name value
  $IPT -t mangle -N "mark-$1" 2>/dev/null || $IPT -t mangle -F "mark-$1"
  $IPT -t mangle -A "mark-$1" -j MARK --set-mark $2/$MASK
  $IPT -t mangle -A "mark-$1" -j CONNMARK --save-mark --mask $MASK
}

for table in mangle nat filter; do
  $IPT -t $table -F
  $IPT -t $table -X
done
$IPT -P FORWARD DROP
$IPT -t mangle -A PREROUTING -j CONNMARK --restore-mark --mask $MASK
$IPT -t mangle -A PREROUTING -m mark ! --mark 0/$MASK -j RETURN
mark one 0x1
mark two 0x2
$IPT -t mangle -A PREROUTING -i $LAN -m conntrack --ctstate NEW -m statistic --mode nth --every 2 --packet 0 -j mark-one
$IPT -t mangle -A PREROUTING -i $LAN -m mark --mark 0/$MASK -j mark-two
for wan in $WAN1 $WAN2; do
  $IPT -t nat -A POSTROUTING -o $wan -j MASQUERADE
  $IPT -C FORWARD -i $LAN -o $wan -j ACCEPT 2>/dev/null || $IPT -A FORWARD -i $LAN -o $wan -j ACCEPT
done
$IPT -I FORWARD 1 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
$IPT -I FORWARD 2 -s 192.0.2.9,192.0.2.10 -d 198.51.100.0/24 -j REJECT
$IPT -D FORWARD 3
ip6tables-restore <<EOF
*filter
:FORWARD DROP [0:0]
-A FORWARD -i $LAN -p tcp --dport 443 -j ACCEPT
COMMIT
EOF
for id in 1 2; do
  while ip rule del fwmark $id/$MASK 2>/dev/null; do :; done
  ip rule add fwmark $id/$MASK lookup 20$id
done
ip -6 rule add fwmark 0x1/$MASK lookup 201 priority 1000
n=0
for wan in $WAN1 $WAN2; do
  n=$((n + 1))
  ip rule add fwmark $((n << 8 | 0x10))/0xff$((5 + 4 - 9))0 lookup $((300 + n)) priority $((2000 + 010 * n))
  (m=$n; n=9; ip rule add fwmark $((m * 0x1000)) lookup 310 priority $((2100 + n + $m)))
done
`;

function inNamespace(): {
  readonly v4: string;
  readonly v6: string;
  readonly rules: string;
  readonly rules6: string;
} {
  const dump = 'for c in iptables-save ip6tables-save "ip rule" "ip -6 rule"; do echo "=== $c"; $c; done';
  const { stdout, stderr, status } = spawnSync('unshare', ['--net', 'sh', '-c', `${SCRIPT}\n${dump}`], {
    encoding: 'utf8',
  });
  expect(stderr.replace(/^#.*$/gm, '').trim()).toBe('');
  expect(status).toBe(0);
  const [, v4 = '', v6 = '', rules = '', rules6 = ''] = stdout.split(/^=== .*$/m);
  return { v4, v6, rules, rules6 };
}

/** Without places and counters, and without chains that say nothing. */
function plain(tables: readonly Table[]): unknown {
  return tables
    .map((table) => canonicalTable(table))
    .map(({ family, name, chains }) => ({
      family,
      name,
      chains: chains
        .filter((chain) => chain.rules.length > 0 || chain.base === undefined || chain.base.policy === 'drop')
        .map((chain) => ({
          name: chain.name,
          policy: chain.base?.policy,
          rules: chain.rules.map(({ statements, comment }) => ({
            statements: statements.filter(({ kind }) => kind !== 'counter'),
            comment,
          })),
        }))
        .sort((a, b) => a.name.localeCompare(b.name)),
    }))
    .filter(({ chains }) => chains.length > 0)
    .sort((a, b) => `${a.family}${a.name}`.localeCompare(`${b.family}${b.name}`));
}

it('a script is read as the kernel has it after running it', () => {
  const read = readScript(SCRIPT, 'fw.sh');
  const real = inNamespace();
  expect(read.unchecked).toEqual([]);
  const frontend = 'iptables-nft';
  const saved = [
    ...readIptablesSave(real.v4, { family: 'ip', frontend, file: 'v4' }).tables,
    ...readIptablesSave(real.v6, { family: 'ip6', frontend, file: 'v6' }).tables,
  ];
  expect(plain(read.tables)).toEqual(plain(saved));
  const names = new TableNames();
  const listed = [
    ...readPolicyRuleText('ipv4', real.rules, 'r', names).policyRules,
    ...readPolicyRuleText('ipv6', real.rules6, 'r6', names).policyRules,
  ].filter(({ selector }) => selector.fwmark !== undefined);
  const inOrder = (list: typeof listed) =>
    list
      .map(({ family, priority, selector, action }) =>
        JSON.stringify({ family, priority, mark: selector.fwmark, action }),
      )
      .sort();
  expect(inOrder([...read.policyRules])).toEqual(inOrder(listed));
});
