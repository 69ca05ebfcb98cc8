/** The router of the examples: a LAN, wan0 with main's default and mark 0x1, wan1 with mark 0x2. */

export const NAT = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan0 -j MASQUERADE
-A POSTROUTING -o wan1 -j MASQUERADE
COMMIT
`;

const MARK_ONE = `100:	from all fwmark 0x1/0xff lookup 101
200:	from all fwmark 0x1/0xff unreachable
`;

/** Policy rules for those marks that the rules set. */
export function policyRules(rules: string): string {
  return `0:	from all lookup local
90:	from all lookup main suppress_prefixlength 0
${rules.includes('mark 0x1/0xff') ? MARK_ONE : ''}101:	from all fwmark 0x2/0xff lookup 102
201:	from all fwmark 0x2/0xff unreachable
32766:	from all lookup main
32767:	from all lookup default
`;
}

const TABLE_ONE = 'default via 192.0.2.1 dev wan0 table 101\n';

export function routes(rules: string): string {
  return `${rules.includes('mark 0x1/0xff') ? TABLE_ONE : ''}${ROUTES}`;
}

const ROUTES = `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2
192.168.1.0/24 dev lan0 proto kernel scope link src 192.168.1.1
default via 198.51.100.1 dev wan1 table 102
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
local 192.0.2.2 dev wan0 table local proto kernel scope host src 192.0.2.2
local 198.51.100.2 dev wan1 table local proto kernel scope host src 198.51.100.2
local 192.168.1.1 dev lan0 table local proto kernel scope host src 192.168.1.1
`;

/** A mangle table of these lines, with the builtin chains declared. */
export function mangle(lines: string): string {
  const chains = [...new Set([...lines.matchAll(/^-A (\S+)/gm)].map(([, name = '']) => name))];
  const own = chains.filter((name) => !BUILTIN.includes(name)).map((name) => `:${name} - [0:0]\n`);
  return `*mangle\n${BUILTIN.map((name) => `:${name} ACCEPT [0:0]\n`).join('')}${own.join('')}${lines}COMMIT\n`;
}

const BUILTIN = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];

/** The files of the example router around its mangle table. */
export function routerFiles(lines: string): Readonly<Record<string, string>> {
  return rulesFiles(mangle(lines) + NAT);
}

/** The same with these tables. */
export function rulesFiles(rules: string): Readonly<Record<string, string>> {
  return { 'rules.v4': rules, 'rules.txt': policyRules(rules), 'routes.txt': routes(rules) };
}

/** The same router with its marks in nft. */
export function nftRouterFiles(chains: string): Readonly<Record<string, string>> {
  const nat =
    'table ip nat {\n  chain postrouting {\n    type nat hook postrouting priority srcnat; policy accept;\n    oifname { "wan0", "wan1" } masquerade\n  }\n}\n';
  return {
    'ruleset.nft': `table ip mangle {\n${chains}}\n${nat}`,
    'rules.txt': policyRules(chains),
    'routes.txt': routes(chains),
  };
}

/** Restores, and leaves alone what has a mark. */
export const RESTORE = `-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -m mark ! --mark 0x0/0xff -j ACCEPT
`;
