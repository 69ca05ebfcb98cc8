// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in
import { describe, expect, it } from 'vitest';
import { writeIptablesSave } from '../../../../src/codec/iptables/write.ts';
import { readScript } from '../../../../src/codec/shell/read-script.ts';

/** The rules a script makes, as iptables-save prints them, one a line. */
function rules(script: string): readonly string[] {
  return readScript(script, 'fw.sh').tables.flatMap((table) => {
    const family = table.family === 'ip6' ? '-6 ' : '';
    const lines = writeIptablesSave([table]).split('\n');
    return lines.filter((line) => line.startsWith('-A')).map((line) => `${family}${table.name} ${line}`);
  });
}

/** What it could not read: the text at the place, and why. */
function unchecked(script: string): readonly string[] {
  return readScript(script, 'fw.sh').unchecked.map(
    ({ message, span }) => `${script.slice(span.start, span.end)} | ${message}`,
  );
}

function readsAll(script: string): void {
  expect(unchecked(script)).toEqual([]);
}

describe('a script’s rules', () => {
  it('are read with plain variables, quotes, comments and continued lines', () => {
    const script = `#!/bin/sh
# the firewall
IPT=/sbin/iptables
LAN="lan0" WAN='wan0'
$IPT -t mangle -A PREROUTING -i $LAN \\
  -j MARK --set-mark 0x1 # marks
"$IPT" -t nat -A POSTROUTING -o "\${WAN}" -j MASQUERADE
ip6tables -A FORWARD -m comment --comment "not; a 'command'" -j DROP
`;
    readsAll(script);
    expect(rules(script)).toEqual([
      'mangle -A PREROUTING -i lan0 -j MARK --set-xmark 0x1/0xffffffff',
      'nat -A POSTROUTING -o wan0 -j MASQUERADE',
      `-6 filter -A FORWARD -m comment --comment "not; a 'command'" -j DROP`,
    ]);
  });

  it('stand where their commands stand', () => {
    const script = 'x=1\niptables -A INPUT -j DROP; ip6tables -A INPUT -j DROP\n';
    const spans = readScript(script, 'fw.sh').tables.flatMap(({ chains }) =>
      chains.flatMap((chain) => chain.rules.map(({ span }) => script.slice(span?.start, span?.end))),
    );
    expect(spans).toEqual(['iptables -A INPUT -j DROP', 'ip6tables -A INPUT -j DROP']);
  });

  it('stand where a function is called that only passes its words on', () => {
    const script =
      'ipt() { iptables -w "$@"; }\nboth() { ipt "$@"; ip6tables "$@"; }\nopen() { ipt -A INPUT -p tcp --dport $1 -j ACCEPT; }\nipt -A INPUT -i lo -j ACCEPT\nboth -A FORWARD -j DROP\nopen 22\n';
    const spans = readScript(script, 'fw.sh').tables.flatMap(({ chains }) =>
      chains.flatMap((chain) => chain.rules.map(({ span }) => script.slice(span?.start, span?.end))),
    );
    expect(spans.sort()).toEqual([
      'both -A FORWARD -j DROP',
      'both -A FORWARD -j DROP',
      'ipt -A INPUT -i lo -j ACCEPT',
      'ipt -A INPUT -p tcp --dport $1 -j ACCEPT',
    ]);
  });

  it('go and come as the commands say', () => {
    const script = `iptables -F
iptables -X
iptables -P FORWARD DROP
iptables -N lan 2>/dev/null || iptables -F lan
iptables -A lan -j ACCEPT
iptables -A FORWARD -j lan
iptables -I FORWARD -i lan0 -j ACCEPT
iptables -I FORWARD 2 -i lan1 -j ACCEPT
iptables -D FORWARD -i lan0 -j ACCEPT
iptables -D FORWARD 1
iptables -C FORWARD -o wan0 -j DROP 2>/dev/null || iptables -A FORWARD -o wan0 -j DROP
while iptables -D INPUT -j nothing 2>/dev/null; do :; done
iptables -L -n
`;
    readsAll(script);
    expect(rules(script)).toEqual([
      'filter -A FORWARD -j lan',
      'filter -A FORWARD -o wan0 -j DROP',
      'filter -A lan -j ACCEPT',
    ]);
    const [table] = readScript(script, 'fw.sh').tables;
    expect(table?.chains.find(({ name }) => name === 'FORWARD')?.base?.policy).toBe('drop');
  });

  it('are one for each address behind -s', () => {
    expect(rules('iptables -A INPUT -s 192.0.2.1,192.0.2.2 -j DROP')).toEqual([
      'filter -A INPUT -s 192.0.2.1 -j DROP',
      'filter -A INPUT -s 192.0.2.2 -j DROP',
    ]);
  });

  it('are followed through functions, their words, and loops over words', () => {
    const script = `ports="22 80"
ipt() { iptables -w "$@"; }
open() {
  local port=$1
  ipt -A INPUT -p tcp --dport "$port" -m comment --comment "port $port" -j ACCEPT
}
for port in $ports 443; do open $port; done
`;
    readsAll(script);
    expect(rules(script)).toEqual(
      [22, 80, 443].map(
        (port) =>
          `filter -A INPUT -p tcp -m comment --comment "port ${port}" -m tcp --dport ${port} -j ACCEPT`,
      ),
    );
  });

  it('come from here-documents, each in its own line', () => {
    const script = `LAN=lan0
iptables-restore <<EOF
*mangle
-A PREROUTING -i $LAN -j MARK --set-mark 0x1
-A PREROUTING -j CONNMARK --save-mark
COMMIT
EOF
cat <<'END' | ip6tables-restore -n
*filter
-A INPUT -j DROP
COMMIT
END
`;
    readsAll(script);
    expect(rules(script)).toEqual([
      'mangle -A PREROUTING -i lan0 -j MARK --set-xmark 0x1/0xffffffff',
      'mangle -A PREROUTING -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
      '-6 filter -A INPUT -j DROP',
    ]);
    const spans = readScript(script, 'fw.sh').tables.flatMap(({ chains }) =>
      chains.flatMap((chain) => chain.rules.map(({ span }) => script.slice(span?.start, span?.end))),
    );
    expect(spans).toEqual([
      '-A PREROUTING -i $LAN -j MARK --set-mark 0x1',
      '-A PREROUTING -j CONNMARK --save-mark',
      '-A INPUT -j DROP',
    ]);
  });
});

describe('policy rules, routes and nft commands', () => {
  it('are read, with the priorities the kernel gives', () => {
    const script = `echo "200 isp2" >> /etc/iproute2/rt_tables
while ip rule del fwmark 0x2 2>/dev/null; do true; done
ip rule add fwmark 0x1/0xff table 200
ip rule add fwmark 0x2 lookup 201 pref 100
ip -6 ru a fwmark 2 table 201
ip route add default via 198.51.100.1 dev wan1 table 200
ip route replace 192.0.2.0/24 dev lan0 table 200
ip route del 192.0.2.0/24 table 200
ip link set wan0 up
`;
    readsAll(script);
    const { policyRules, routes } = readScript(script, 'fw.sh');
    expect(policyRules.map(({ family, priority, selector }) => [family, priority, selector.fwmark])).toEqual([
      ['ipv4', 32765, { value: 1, mask: 0xff }],
      ['ipv4', 100, { value: 2, mask: 0xffffffff }],
      ['ipv6', 32765, { value: 2, mask: 0xffffffff }],
    ]);
    expect(routes.map(({ table, hops }) => [table, hops])).toEqual([
      [200, [{ gateway: '198.51.100.1', device: 'wan1' }]],
    ]);
  });

  it('of nft are gathered as one text, and what is not there is not taken away', () => {
    const script = `nft delete table inet fw 2>/dev/null
nft add table inet fw
nft 'add chain inet fw out { type route hook output priority mangle ; }; add rule inet fw out meta mark set 1'
nft -f - <<EOF
table inet other {
}
EOF
nft list ruleset
`;
    readsAll(script);
    expect(readScript(script, 'fw.sh').nft?.text).toBe(`add table inet fw
add chain inet fw out { type route hook output priority mangle ; }
add rule inet fw out meta mark set 1
table inet other {
}
`);
  });
});

describe('what only running tells', () => {
  it.each([
    [
      'iptables -A INPUT -i $WAN -j DROP',
      'iptables -A INPUT -i $WAN -j DROP | this command is not known from the text: the value of WAN is not known from the text',
    ],
    [
      'iptables -A INPUT -s $(dig +short example.org) -j DROP',
      'iptables -A INPUT -s $(dig +short example.org) -j DROP | this command is not known from the text: it takes the output of another command',
    ],
    [
      'for i in $(ls); do iptables -A INPUT -i $i -j DROP; done',
      'for i in $(ls); do iptables -A INPUT -i $i -j DROP; done | 1 command in here is not read: what it loops over is not known from the text (it takes the output of another command)',
    ],
    [
      'if [ -f x ]; then\niptables -A INPUT -j DROP\nnft add table x\nfi',
      'if [ -f x ]; then | 2 commands in here are not read: what the condition says is decided when it runs',
    ],
    [
      'case "$1" in\nstart) iptables -A INPUT -j DROP;;\nesac',
      'case "$1" in | 1 command in here is not read: which branch is taken is decided when it runs',
    ],
    [
      '[ -f x ] && iptables -A INPUT -j DROP',
      'iptables -A INPUT -j DROP | this command is not read: whether it runs depends on the command before it',
    ],
    [
      'make-rules | iptables-restore',
      'iptables-restore | this command is not read: what comes through the pipe is decided when it runs',
    ],
    [
      'iptables-restore < /etc/rules.v4',
      'iptables-restore < /etc/rules.v4 | this command is not read: the rules it loads are in another file; name that one',
    ],
    [
      '. /etc/default/firewall',
      '. /etc/default/firewall | what the script takes in from another file is not read',
    ],
    ['eval "$CMD"', 'eval "$CMD" | what eval runs is not read'],
    ['eval "$IPT -A INPUT -j DROP"', 'eval "$IPT -A INPUT -j DROP" | what eval runs is not read'],
    [
      "eval 'ip rule add fwmark 1 lookup 10'",
      "eval 'ip rule add fwmark 1 lookup 10' | what eval runs is not read",
    ],
    ['$RUN -A INPUT -j DROP', '$RUN -A INPUT -j DROP | which program it starts is not known from the text'],
    [
      'iptables -A INPUT -j DROP -j ACCEPT',
      "iptables -A INPUT -j DROP -j ACCEPT | this command is not read: a second target 'ACCEPT'",
    ],
    [
      'ip -batch /etc/rules',
      'ip -batch /etc/rules | this command is not read: the commands it runs are in another file',
    ],
  ])('%s', (script, told) => {
    expect(unchecked(script)).toEqual([told]);
  });

  it('is not reported where nothing of it matters', () => {
    readsAll('eval "x=1"; eval echo hello\n');
    readsAll(
      '[ "$(id -u)" = 0 ] || exit 1\nif true; then echo hello; fi\nfor x in *; do cat $x; done\nsysctl -w net.ipv4.ip_forward=1\n',
    );
  });

  it('makes a variable unknown that a condition may have set', () => {
    expect(unchecked('WAN=wan0\nif x; then WAN=wan1; fi\niptables -A INPUT -i $WAN -j DROP')).toHaveLength(1);
  });
});

describe('arrays and counted loops', () => {
  const rule = (words: string) => `iptables -A INPUT ${words} -j DROP`;

  it('are read as the rules they make', () => {
    const script = `WANS=(wan0 wan1)
declare -A MARKS=([wan0]=0x1 [wan1]=0x2)
for wan in "\${WANS[@]}"; do iptables -t mangle -A PREROUTING -i $wan -j MARK --set-mark \${MARKS[$wan]}; done
for ((i=0;i<\${#WANS[@]};i++)); do iptables -A FORWARD -o "\${WANS[$i]}" -p tcp --dport $((8000 + i)) -j ACCEPT; done
`;
    readsAll(script);
    expect(rules(script)).toEqual([
      'mangle -A PREROUTING -i wan0 -j MARK --set-xmark 0x1/0xffffffff',
      'mangle -A PREROUTING -i wan1 -j MARK --set-xmark 0x2/0xffffffff',
      'filter -A FORWARD -o wan0 -p tcp -m tcp --dport 8000 -j ACCEPT',
      'filter -A FORWARD -o wan1 -p tcp -m tcp --dport 8001 -j ACCEPT',
    ]);
  });

  const unread: readonly (readonly [title: string, script: string, why: RegExp])[] = [
    ['a part of an array', `W=(a b)\nfor w in "\${W[@]:1}"; do ${rule('-i $w')}; done`, /braces/],
    ['the output of a command', `W=($(ls))\nfor w in "\${W[@]}"; do ${rule('-i $w')}; done`, /value of W/],
    ['files', `W=(*.conf)\nfor w in "\${W[@]}"; do ${rule('-i $w')}; done`, /value of W/],
    [
      'words as keys, gone through',
      `declare -A W=([a]=x [b]=y)\nfor w in "\${W[@]}"; do ${rule('-i $w')}; done`,
      /order/,
    ],
    ['one that is read', `read -a W\n${rule('-i ${W[0]}')}`, /value of W/],
    ['an index that nobody knows', `W=(a b)\n${rule('-i ${W[$1]}')}`, /index of W/],
    ['a word that nobody knows', `W=(a b)\nW[1]=$(ls)\n${rule('-i ${W[1]}')}`, /W\[1\]/],
    ['what is taken out', `W=(a b)\nunset 'W[0]'\n${rule('-i ${W[1]}')}`, /value of W/],
    [
      'a loop to a number that nobody knows',
      `for ((i=0;i<$1;i++)); do ${rule('-i wan$i')}; done`,
      /how often/,
    ],
    ['a loop without an end', `for ((;;)); do ${rule('-i wan0')}; done`, /how often/],
    ['a loop that goes round for ever', `for ((i=0;i<1;i+=0)); do ${rule('-i wan0')}; done`, /how often/],
    [
      'a loop that may end before',
      `for w in a b; do [ -e x ] && break; ${rule('-i $w')}; done`,
      /where the loop ends/,
    ],
    ['braces of one shell', `for n in {1..3}; do ${rule('-i wan$n')}; done`, /braces/],
    ['words parted by something else', `IFS=,\nW=a,b\nfor w in $W; do ${rule('-i $w')}; done`, /IFS/],
    [
      'a condition that only running tells',
      `for ((i=0;i<RANDOM;i++)); do ${rule('-i wan$i')}; done`,
      /how often/,
    ],
  ];
  it.each(unread)('%s is told of, never taken as read', (_, script, why) => {
    expect(unchecked(`#!/bin/bash\n${script}\n`)).toEqual([expect.stringMatching(why)]);
  });
});
