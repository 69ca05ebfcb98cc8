// Whole-process times of reading big rulesets and tracing a flow, of a home router's trace, and of verify, beside a bare
// start of Node. Needs neither root nor namespaces.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigRuleset } from './big-ruleset.mjs';
import { median, once, peakMemory, printTable } from './measure.mjs';

const RUNS = 7;
const BIN = join(import.meta.dirname, '..', 'bin', 'polywan');
const folder = mkdtempSync(join(tmpdir(), 'polywan-bench-'));
const env = { ...process.env };
delete env.NODE_EXTRA_CA_CERTS;

function write(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const rules = write(
  'rules',
  '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x36/0xff lookup 200\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
);
const routes = write(
  'routes',
  'default via 198.51.100.1 dev wan0\ndefault via 203.0.113.1 dev wan1 table 200\n192.0.2.0/24 dev lan0\nlocal 192.0.2.1 dev lan0 table local\n',
);

/** A set of addresses that the flow's destination is looked for in. */
function bigSnapshot(elements) {
  const element = (at) =>
    JSON.stringify({
      key: { kind: 'string', value: `100.${64 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}` },
    });
  const set = `{"name":"block","kind":"set","key":["ipv4_addr"],"flags":[],"elements":[\n${Array.from({ length: elements }, (_, at) => element(at)).join(',\n')}]}`;
  const rule = `{"statements":[{"kind":"match","operator":"==","left":{"kind":"payload","protocol":"ip","field":"daddr"},"right":{"kind":"set-ref","name":"block"}},{"kind":"verdict","verdict":{"kind":"drop"}}]}`;
  const chain = `{"name":"forward","base":{"type":"filter","hook":"forward","priority":0,"policy":"accept"},"rules":[${rule}]}`;
  const table = `{"frontend":"nft","family":"inet","name":"fw","chains":[${chain}],"sets":[${set}]}`;
  return `{"polywan":"bench","format":1,"state":{"links":[],"addresses":[],"policyRules":[],"routes":[],"tables":[${table}],"ipsets":[],"sysctls":[],"files":[]}}\n`;
}

/** WANs and steering rules, and policies that prefer different WANs. */
function bigSite(wans, steering) {
  const home = join(folder, `site${wans}`);
  mkdirSync(join(home, 'profiles'), { recursive: true });
  const numbers = Array.from({ length: wans }, (_, at) => at);
  for (const at of numbers)
    writeFileSync(
      join(home, 'profiles', `w${at}.yaml`),
      `name: w${at}\ninterface: wan${at}\nfamilies: ipv4\nmasquerade: yes\n`,
    );
  const members = (policy) =>
    numbers
      .map((at) => `{ wan: w${(policy + at) % wans}, weight: ${1 + (at % 3)}, tier: ${1 + (at >> 2)} }`)
      .join(', ');
  const policies = Array.from(
    { length: 4 },
    (_, policy) => `  p${policy}: { members: [${members(policy)}] }\n`,
  );
  const rows = Array.from(
    { length: steering - 1 },
    (_, at) => `  - { name: r${at}, source: 192.0.2.${20 + at}, protocol: tcp, policy: p${at % 4} }\n`,
  );
  const site = join(home, 'polywan.yaml');
  writeFileSync(
    site,
    `version: 1\nbackend: nftables\nlan: [lan0]\npolicies:\n${policies.join('')}steering:\n${rows.join('')}  - { name: rest, policy: p0 }\n`,
  );
  return site;
}

const FLOW = ['--in', 'lan0', '--src', '192.0.2.9', '--dst', '203.0.113.99'];

function on(...files) {
  return ['trace', '-c', join(folder, 'none'), ...files.flatMap((file) => ['--on', file]), ...FLOW];
}

async function measure(what, words) {
  const run = () => once(BIN, words, { env, maxBuffer: 1e9 });
  const ms = median(RUNS, run);
  const empty = median(RUNS, () => once(process.execPath, ['-e', '0'], { env }));
  return [what, ms, empty, ms - empty, await peakMemory(BIN, words, { env })];
}

const smallest = write('small.v4', bigRuleset(200));
const cases = [
  ...[1000, 10_000, 100_000].map((count) => [
    `trace, ${count} iptables rules`,
    on(write(`rules${count}.v4`, bigRuleset(count)), rules, routes),
  ]),
  ['trace, a home router', on(smallest, rules, routes)],
  ['trace, a site', ['trace', '-c', bigSite(3, 4), '--dst', '203.0.113.99']],
  ...[10_000, 100_000].map((count) => [
    `trace, a set of ${count}`,
    on(write(`set${count}.json`, bigSnapshot(count)), rules, routes),
  ]),
  ['verify, 3 WANs, 4 rules', ['verify', '-c', bigSite(3, 4)]],
  ['verify, 8 WANs, 20 rules', ['verify', '-c', bigSite(8, 20)]],
];
const rows = [];
for (const [what, words] of cases) rows.push(await measure(what, words));
printTable(
  'trace and verify, ms (median of 7, whole process)',
  ['', 'ms', 'node -e 0', 'over', 'peak MB'],
  rows,
);
rmSync(folder, { recursive: true });
