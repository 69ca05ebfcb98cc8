// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in
import { describe, expect, it } from 'vitest';
import { readsAll, rules, unchecked } from './script-rules.ts';

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
    ...['$N', '0.5 2', '-w 1 9', '1 99999', '1 0 9', '', '1 2 3 4'].map((words) => [
      `for i in $(seq ${words}); do iptables -A INPUT -i wan$i -j DROP; done`,
      `for i in $(seq ${words}); do iptables -A INPUT -i wan$i -j DROP; done | 1 command in here is not read: what it loops over is not known from the text (how far seq counts is not known from the text)`,
    ]),
    [
      'if [ -f x ]; then\niptables -A INPUT -j DROP\nnft add table x\nfi',
      'if [ -f x ]; then | 2 commands in here are not read: what the condition says is decided when it runs',
    ],
    [
      'if [ "$MODE" = on ]; then iptables -A INPUT -j DROP; else iptables -A INPUT -j ACCEPT; fi',
      'if [ "$MODE" = on ]; then iptables -A INPUT -j DROP; else iptables -A INPUT -j ACCEPT; fi | 2 commands in here are not read: what the condition says is decided when it runs',
    ],
    [
      'if iptables -A INPUT -j DROP; ping -c 1 gw; then iptables -A FORWARD -j DROP; fi',
      'if iptables -A INPUT -j DROP; ping -c 1 gw; then iptables -A FORWARD -j DROP; fi | 1 command in here is not read: what the condition says is decided when it runs',
    ],
    ...[
      '[[ $m == o* ]]',
      '[ $m = on -o $n = 1 ]',
      '[ $m -lt 2 ]',
      '[ $m = on',
      '[[ $m =~ on ]]',
      '[ -f $m ]',
    ].map((test) => [
      `m=on\n${test} && iptables -A INPUT -j DROP`,
      'iptables -A INPUT -j DROP | this command is not read: whether it runs depends on the command before it',
    ]),
    ...['f() { return 2; }; f', 'X=$(date)', 'ping -c 1 gw'].map((before) => [
      `${before}\n[ $? -eq 1 ] && iptables -A INPUT -j DROP`,
      'iptables -A INPUT -j DROP | this command is not read: whether it runs depends on the command before it',
    ]),
    [
      'case "$1" in\nlan) iptables -A INPUT -j DROP;;\nesac',
      'case "$1" in | 1 command in here is not read: which branch is taken is decided when it runs',
    ],
    ...['[a-c]', '"$2"', '[[:alpha:]]', 'b|$2'].map((pattern) => [
      `case a in ${pattern}) iptables -A INPUT -j DROP;; *) iptables -A INPUT -j ACCEPT;; esac`,
      `case a in ${pattern}) iptables -A INPUT -j DROP;; *) iptables -A INPUT -j ACCEPT;; esac | 2 commands in here are not read: which branch is taken is decided when it runs`,
    ]),
    [
      'for i in a b; do case $i in a) iptables -A INPUT -j DROP;; $2) iptables -A INPUT -j ACCEPT;; esac; done',
      'case $i in a) iptables -A INPUT -j DROP;; $2) iptables -A INPUT -j ACCEPT;; esac; done | 1 command in here is not read: which branch is taken is decided when it runs',
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
    ...[
      'cat > r <<E\n*nat\nCOMMIT\nE\necho "-A INPUT -j DROP" >> r',
      'cat >> r <<E\n*nat\nCOMMIT\nE',
      'cat > r <<E\n*nat\nCOMMIT\nE\nsed -i s/a/b/ r',
      'cat > r <<E\n*nat\nCOMMIT\nE\nsed -i "s/a/$1/" r',
      'cat > r <<E\n*nat\nCOMMIT\nE\n[ -f x ] && cp x r',
      'cat x > r <<E\n*nat\nCOMMIT\nE',
      'cat 2> r <<E\n*nat\nCOMMIT\nE',
      '[ -f x ] && cat > r <<E\n*nat\nCOMMIT\nE',
    ].map((before) => [
      `${before}\niptables-restore r`,
      'iptables-restore r | this command is not read: the rules it loads are in another file; name that one',
    ]),
    [
      'cat > r <<E\n-A INPUT -i $WAN -j DROP\nE\nnft -f r',
      'nft -f r | this command is not read: the value of WAN is not known from the text',
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
    ['f() { nft add table x; }\neval f', 'eval f | what eval runs is not read'],
    [
      'iptables() { command iptables "$@"; }\n[ -f x ] && iptables -A INPUT -j DROP',
      'iptables -A INPUT -j DROP | this command is not read: whether it runs depends on the command before it',
    ],
    [
      'iptables() { iptables "$@"; }\niptables -A INPUT -j DROP',
      '{ iptables "$@"; } | 1 command in here is not read: the script does too much to be followed',
    ],
    [
      'ip $ARGS',
      'ip $ARGS | this command is not known from the text: the value of ARGS is not known from the text',
    ],
    [
      'IPT="iptables -w"; xargs $IPT -A INPUT -j DROP -s <list',
      'xargs $IPT -A INPUT -j DROP -s <list | what xargs does with these words is not known',
    ],
    [
      'ip vrf exec red iptables -A INPUT -j DROP',
      'ip vrf exec red iptables -A INPUT -j DROP | what ip does with these words is not known',
    ],
    ['$RUN -A INPUT -j DROP', '$RUN -A INPUT -j DROP | which program it starts is not known from the text'],
    [
      'iptables -A INPUT -j DROP -j ACCEPT',
      "iptables -A INPUT -j DROP -j ACCEPT | this command is not read: a second target 'ACCEPT'",
    ],
    [
      'iptables -6 -A INPUT -j DROP',
      "iptables -6 -A INPUT -j DROP | this command is not read: iptables refuses '-6'",
    ],
    [
      'iptables -t mangle -A INPUT --ipv6 -j DROP',
      "iptables -t mangle -A INPUT --ipv6 -j DROP | this command is not read: iptables refuses '--ipv6'",
    ],
    ['iptables-legacy -6 -F', "iptables-legacy -6 -F | this command is not read: iptables refuses '-6'"],
    [
      'ip6tables -A INPUT -4 -j DROP',
      "ip6tables -A INPUT -4 -j DROP | this command is not read: ip6tables refuses '-4'",
    ],
    [
      'ip -batch /etc/rules',
      'ip -batch /etc/rules | this command is not read: the commands it runs are in another file',
    ],
  ])('%s', (script, told) => {
    expect(unchecked(script)).toEqual([told]);
  });

  it('is not reported where nothing of it matters', () => {
    readsAll('sudo ip link add br0 type bridge; ip addr add $A dev $B\n');
    readsAll('eval "x=1"; eval echo hello\n');
    readsAll(
      '[ "$(id -u)" = 0 ] || exit 1\nif true; then echo hello; fi\nfor x in *; do cat $x; done\nsysctl -w net.ipv4.ip_forward=1\n',
    );
  });

  it.each([
    'ip route | grep -q default',
    'if x; then ip -4 rule; /sbin/ip -6 route; ip -f inet6 r; fi',
    'ip route get $ADDRESS | tr a b',
    'iptables -nxvL | head',
    'iptables -t nat -vnS',
    '[ -f x ] && iptables -xL',
  ])('is not told where the command only lists: %s', (script) => {
    readsAll(script);
  });

  it.each(['x && ip route $ARGS', 'x && ip -batch route', 'x && ip rule add fwmark 1 table 10'])(
    'is told where the command only seems to list: %s',
    (script) => {
      expect(unchecked(script)).toHaveLength(1);
    },
  );

  it.each([
    'OUT=$(iptables-restore -n < /etc/rules.v4 2>&1)',
    'echo "$(iptables -A INPUT -j DROP)"',
    'X=`ip rule add fwmark 1 table 10`',
    'LIST=(a "$(date; nft -f /etc/nft.conf)")',
    'add() { iptables -A INPUT -j DROP; echo done; }; X=$(add)',
    'X=$(echo "$(ip route add default dev wan0)")',
    'export X=$(sudo iptables -A INPUT -j DROP)',
  ])('is told where a command runs for its output: %s', (script) => {
    expect(unchecked(script)).toEqual([
      expect.stringMatching(/ \| what it runs for its output is not read$/),
    ]);
  });

  it.each([
    'x && printf "%s\\n" "iptables -A INPUT -j DROP"',
    'if x; then update-alternatives --install /usr/sbin/iptables iptables /usr/sbin/iptables-restore 10; fi',
    'command -v iptables-restore || which iptables-restore || type iptables-restore',
    '[ -e x ] && ln -s /usr/sbin/iptables-restore /sbin',
  ])('is not told where programs are only named: %s', (script) => {
    readsAll(script);
  });

  it.each([
    'GW=$(ip route get 192.0.2.1 | awk "{print $3}"); RULES=$(iptables -nvL INPUT; nft list ruleset)',
    'if x; then IPT=/sbin/iptables RESTORE="/sbin/iptables-restore"; fi',
    'IPT=$(command -v iptables-restore)',
  ])('is not told where variables get names of programs, or lists: %s', (script) => {
    readsAll(script);
  });

  it('is found in substitutions within each other, however many', () => {
    const script = `X=${'$(echo '.repeat(3000)}$(iptables -A INPUT -j DROP)${')'.repeat(3000)}`;
    expect(unchecked(script)).toHaveLength(1);
  });

  it('is found in functions that call each other very often', () => {
    const chain = Array.from({ length: 40 }, (_, at) => `f${at}() { f${at + 1}; f${at + 1}; f${at + 1}; }\n`);
    const script = `${chain.join('')}f40() { iptables -A INPUT -j DROP; }\n[ -f x ] && f0\n`;
    expect(unchecked(script)).toEqual([
      'f0 | this command is not read: whether it runs depends on the command before it',
    ]);
  });

  it.each([
    'WAN=wan0; [ -r /etc/fw ] && . /etc/fw; iptables -A INPUT -i wan0 -j DROP',
    'if x; then eval "$CMD"; fi',
    'if x; then $RUN -A INPUT -j DROP; fi',
    "if x; then sh -c 'iptables -A INPUT -j DROP'; fi",
    "echo 'iptables -A INPUT -j DROP' | sh -e",
    'set() { lan=$1; local n=1; }; both() { set lan1; }; lan=lan0; n=2; x && both; iptables -A INPUT -i $lan -m mark --mark $n -j DROP',
  ])('is told once: %s', (script) => {
    expect(unchecked(script)).toHaveLength(1);
  });

  it('leaves a function’s own variables as they are', () => {
    readsAll(
      'set() { local n=1; set -- a; }; n=2; [ -f x ] && set lan1; iptables -A INPUT -m mark --mark $n -j DROP\n',
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

  it('without a word are no functions', () => {
    const script = `W=()\niptables -A INPUT -i lan0 -j DROP\nW+=(wan0)\nfor w in "\${W[@]}"; do ${rule('-i $w')}; done\n`;
    readsAll(script);
    expect(rules(script)).toEqual(['filter -A INPUT -i lan0 -j DROP', 'filter -A INPUT -i wan0 -j DROP']);
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
