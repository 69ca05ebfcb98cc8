// Whole-process times of lint on a home router's ruleset, big rulesets and a config repository, beside a bare start of
// Node and what iptables-restore --test and nft -c take for the same text. The latter two need root, for a namespace.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigRuleset } from './big-ruleset.mjs';
import { median, once, peakMemory, printTable } from './measure.mjs';

const BIN = join(import.meta.dirname, '..', 'bin', 'polywan');
const folder = mkdtempSync(join(tmpdir(), 'polywan-bench-'));
const env = { ...process.env };
delete env.NODE_EXTRA_CA_CERTS;

function write(name, text) {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Two uplinks by weight, as people write it, and the listings of the same machine. */
const HOME = {
  'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0x0 -j ACCEPT
-A PREROUTING -i wan0 -j MARK --set-xmark 0x1/0xffffffff
-A PREROUTING -i wan1 -j MARK --set-xmark 0x2/0xffffffff
-A PREROUTING -i lan0 -m mark --mark 0x0 -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x1/0xffffffff
-A PREROUTING -i lan0 -m mark --mark 0x0 -j MARK --set-xmark 0x2/0xffffffff
-A PREROUTING -j CONNMARK --save-mark
-A OUTPUT -j CONNMARK --restore-mark
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i wan+ -p tcp -m tcp --dport 2222 -j DNAT --to-destination 192.0.2.50:22
-A POSTROUTING -o wan0 -j MASQUERADE
-A POSTROUTING -o wan1 -j MASQUERADE
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lan0 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
-A FORWARD -i lan0 -j ACCEPT
COMMIT
`,
  'rules.txt': `0:	from all lookup local
90:	from all lookup main suppress_prefixlength 0
101:	from all fwmark 0x1 lookup 101
102:	from all fwmark 0x2 lookup 102
32766:	from all lookup main
32767:	from all lookup default
`,
  'routes.txt': `default via 198.51.100.1 dev wan0 table 101
default via 203.0.113.1 dev wan1 table 102
default via 198.51.100.1 dev wan0
192.0.2.0/24 dev lan0 proto kernel scope link src 192.0.2.1
198.51.100.0/24 dev wan0 proto kernel scope link src 198.51.100.9
203.0.113.0/28 dev wan1 proto kernel scope link src 203.0.113.9
`,
};

const NFT = `table inet fw {
  chain prerouting {
    type filter hook prerouting priority mangle;
    meta mark set ct mark
    meta mark != 0 accept
    iifname "lan0" ct state new meta mark set numgen random mod 2 map { 0 : 1, 1 : 2 }
    ct mark set meta mark
  }
}
`;

const SITE =
  'version: 1\nlan: [lan0]\npolicies:\n  all: { members: [{ wan: fiber }, { wan: lte, tier: 2 }] }\nsteering:\n  - { name: rest, policy: all }\n';

/** 1,000 files of 325 machines: rulesets with their listings, nft texts, sites with two profiles, and notes beside them. */
function repository() {
  const home = join(folder, 'repository');
  for (let at = 0; at < 200; at += 1)
    for (const [name, text] of Object.entries(HOME)) write(`repository/host${at}/${name}`, text);
  for (let at = 0; at < 75; at += 1) write(`repository/nft${at}/nftables.conf`, NFT);
  for (let at = 0; at < 50; at += 1) {
    write(`repository/site${at}/polywan.yaml`, SITE);
    write(`repository/site${at}/profiles/fiber.yaml`, 'name: fiber\ninterface: wan0\nmasquerade: ipv4\n');
    write(`repository/site${at}/profiles/lte.yaml`, 'name: lte\ninterface: wwan0\nmasquerade: ipv4\n');
  }
  for (let at = 0; at < 175; at += 1)
    write(`repository/notes${at}.md`, `# Host ${at}\n\nNothing for lint.\n`);
  return home;
}

/** The same rules as nft would have them, each in a chain of its own kind. */
function asNft(count) {
  const rules = Array.from(
    { length: count },
    (_, at) =>
      `    ip saddr 10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255} tcp dport ${1 + ((at * 17) % 65_000)} accept`,
  );
  return `table ip big {\n  chain forward {\n    type filter hook forward priority 0;\n${rules.join('\n')}\n  }\n}\n`;
}

function polywan(paths, runs = 5) {
  // 1 where something is found.
  return median(runs, () => once(BIN, ['lint', ...paths], { env, allowed: [0, 1], maxBuffer: 1e9 }));
}

function peer(words, file) {
  return median(3, () => once('unshare', ['--net', 'sh', '-c', `${words} < "$0"`, file], { env }));
}

const bare = median(7, () => once(process.execPath, ['-e', '0'], { env }));
const home = Object.entries(HOME).map(([name, text]) => write(`home/${name}`, text));
const nft = write('one/nftables.conf', NFT);
const rows = [
  [
    'a home router: ruleset, policy rules, routes',
    polywan([join(folder, 'home')], 9),
    peer('iptables-restore --test', home[0]),
    '',
    await memory([join(folder, 'home')]),
  ],
  ['one nft text', polywan([nft], 9), '', peer('nft -c -f -', nft), await memory([nft])],
];
for (const count of [1000, 10_000, 100_000]) {
  const file = write(`big${count}/rules.v4`, bigRuleset(count));
  const same = write(`nft${count}.nft`, asNft(count));
  // The kernel takes a minute for the biggest.
  const nftTime = count > 10_000 ? 'minutes' : peer('nft -c -f -', same);
  rows.push([
    `${count} iptables rules`,
    polywan([file]),
    peer('iptables-restore --test', file),
    nftTime,
    await memory([file]),
  ]);
}
const files = repository();
rows.push([
  `1000 files of a repository, ${availableParallelism()} processors`,
  polywan([files], 3),
  '',
  '',
  await memory([files]),
]);
printTable(
  `lint, ms (medians, whole process; node -e 0 takes ${bare.toFixed(1)})`,
  ['', 'ms', 'iptables-restore --test', 'nft -c', 'peak MB'],
  rows,
);
rmSync(folder, { recursive: true });

function memory(paths) {
  // 1 where something is found.
  return peakMemory(BIN, ['lint', ...paths], { env, allowed: [0, 1] });
}
