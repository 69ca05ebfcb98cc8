import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/cli/input/input-error.ts';
import { listNft } from '../../src/cli/input/list-nft.ts';
import { type Inputs, readInputs } from '../../src/cli/input/read-inputs.ts';
import type { Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus');
const PROGRAM = join(import.meta.dirname, '../../bin/polywan');
const folder = mkdtempSync(join(tmpdir(), 'polywan-inputs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [head = '', ...rows] = readFileSync(join(CORPUS, 'INDEX.tsv'), 'utf8').trim().split('\n');
const column = head.split('\t').indexOf('loads');
const files = rows
  .map((row) => row.split('\t'))
  .map((cells) => [cells[0] ?? '', cells[column] ?? ''] as const);

/** polywan reads more of iptables than this machine's iptables loads: modules that are not built are still words. */
const isRead = (file: string, loads: string) => loads === 'yes' || !file.endsWith('.nft');

function read(...paths: readonly string[]): Promise<Inputs> {
  return readInputs(nodeHost(), paths);
}

async function refusal(...paths: readonly string[]): Promise<InputError> {
  try {
    await read(...paths);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error(`${paths.join(' ')} was not refused`);
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function inNamespace(script: string): string {
  return execFileSync('unshare', ['--net', 'sh', '-c', script], { encoding: 'utf8', timeout: 60_000 });
}

describe('the corpus of real rulesets', () => {
  test.each(files.filter(([file, loads]) => isRead(file, loads)))(
    '%s is read, every rule with its place',
    async (file) => {
      const { state, sources } = await read(join(CORPUS, file));
      const rules = state.tables.flatMap((table) => table.chains.flatMap((chain) => chain.rules));
      expect(rules.length).toBeGreaterThan(0);
      for (const { span } of rules) {
        const text = sources.get(span?.file ?? '')?.slice(span?.start, span?.end) ?? '';
        expect(text).toMatch(file.endsWith('.nft') ? /^[^{}\s][\s\S]*[^\s;]$/ : /^(?:\[\d|-[AI] )/);
      }
      if (!file.endsWith('.nft'))
        expect(new Set(state.tables.map((table) => table.family))).toEqual(
          new Set([file.endsWith('.v6') ? 'ip6' : 'ip']),
        );
    },
  );

  test.each(files.filter(([file, loads]) => !isRead(file, loads)))(
    '%s, which nft does not load, is refused at the line nft names',
    async (file) => {
      const { diagnostics } = await refusal(join(CORPUS, file));
      for (const { message, span } of diagnostics) {
        expect(message).toMatch(/^nft: /);
        expect(span.file).toBe(join(CORPUS, file));
      }
    },
  );
});

test('an iptables-nft table in nft form is refused, and left out where its iptables-save is given too', async () => {
  const load =
    'ip link set lo up; iptables-nft -t mangle -A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
  const listed = write('ruleset.json', inNamespace(`${load}; nft -j list ruleset`));
  const text = write('ruleset.nft', inNamespace(`${load}; nft list ruleset`));
  const saved = write('mangle', inNamespace(`${load}; iptables-nft-save`));
  for (const file of [listed, text])
    expect((await refusal(file)).message).toMatch(/table ip mangle is kept by iptables-nft/);
  const { state } = await read(listed, saved);
  expect(state.tables.map(({ frontend, name }) => `${frontend} ${name}`)).toEqual(['iptables-nft mangle']);
});

test('matches and targets that nft does not have leave the rest of a listing readable', async () => {
  const listed = write(
    'docker.nft',
    `# Warning: table ip nat is managed by iptables-nft, do not touch!
table ip nat {
	chain DOCKER {
		meta l4proto tcp tcp dport 8080 counter xt target DNAT
	}
	chain PREROUTING {
		type nat hook prerouting priority dstnat; policy accept;
		xt match "addrtype" counter jump DOCKER # no xt match here
	}
}
table inet own {
	chain pre {
		type filter hook prerouting priority mangle; policy accept;
		iifname "lan0" log prefix "xt match " meta mark set 0x2
	}
}
`,
  );
  const { diagnostics } = await refusal(listed);
  expect(diagnostics.map(({ message, span }) => [message.split(',')[0], span.start])).toEqual([
    ['table ip nat is kept by iptables-nft', readFileSync(listed, 'utf8').indexOf('chain DOCKER')],
  ]);
  const saved = write('docker.v4', '*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n');
  const { state } = await read(listed, saved);
  expect(state.tables.map(({ family, name }) => `${family} ${name}`)).toEqual(['inet own', 'ip nat']);
  expect(state.tables[0]?.chains[0]?.rules[0]?.statements.map(({ kind }) => kind)).toEqual([
    'match',
    'inert',
    'set',
  ]);
});

test('a folder is one machine: rules, routes, names of tables, addresses; what is none of these is named', async () => {
  const machine = join(folder, 'machine');
  mkdirSync(machine);
  const listing = inNamespace(
    'ip link set lo up; ip link add wan0 type dummy 2>/dev/null || ip link add wan0 type bridge; ip link set wan0 up; ip address add 192.0.2.2/24 dev wan0; ip route add default via 192.0.2.1 table 200; ip rule add fwmark 7 lookup 200; ip rule; echo =; ip route show table all; echo =; ip -j address',
  ).split('=\n');
  for (const [at, name] of ['a', 'b', 'c'].entries())
    writeFileSync(join(machine, name), (listing[at] ?? '').replaceAll('200', at < 2 ? 'fiber' : '200'));
  writeFileSync(join(machine, 'names'), '200 fiber\n');
  writeFileSync(join(machine, 'README'), 'a router\n');
  const { state, notes } = await read(machine);
  expect(state.policyRules.find((rule) => rule.selector.fwmark?.value === 7)?.action).toMatchObject({
    table: 200,
  });
  expect(state.routes.some((route) => route.table === 200 && route.destination.length === 0)).toBe(true);
  expect(state.addresses.some((one) => one.address === '192.0.2.2')).toBe(true);
  expect(notes).toEqual([expect.stringMatching(/README is left out/)]);
});

test('ip route without -4 and -6 lists both families, in text and in JSON, and is read so', async () => {
  const [text = '', json = ''] = inNamespace(
    'ip link set lo up; ip link add wan0 type veth peer name isp0; ip link set wan0 up; ip link set isp0 up; ip address add 192.0.2.2/24 dev wan0; ip address add 2001:db8::2/64 dev wan0 nodad; ip route add default via 192.0.2.1; ip -6 route add default via 2001:db8::1; ip route show table all; echo =; ip -j route show table all',
  ).split('=\n');
  const both = await Promise.all([read(write('both', text)), read(write('both.json', json))]);
  for (const { state } of both) {
    const defaults = state.routes.filter((route) => route.destination.length === 0);
    expect(defaults.map(({ family, hops }) => `${family} ${hops[0]?.gateway}`)).toEqual([
      'ipv4 192.0.2.1',
      'ipv6 2001:db8::1',
    ]);
    for (const { family, destination } of state.routes) expect(destination.family).toBe(family);
  }
});

describe('host names in nft text', () => {
  const text =
    'table ip t {\n  chain c {\n    type filter hook forward priority 0;\n    ip daddr www.example.net drop\n  }\n}\n';

  test('are refused at their place, by a file and by standard input', async () => {
    const file = write('names.nft', text);
    const texts = [await listNft(nodeHost(), file, text), await listNft(nodeHost(), '<stdin>', text)];
    for (const listed of texts) {
      expect(listed).toMatchObject({ kind: 'refused' });
      const [problem] = listed.kind === 'refused' ? listed.problems : [];
      expect(problem?.message).toMatch(/^nft: cannot resolve the host name: .* write its address$/);
      expect(text.slice(problem?.span.start, problem?.span.end)).toBe('www.example.net');
    }
  });

  test('that ask for interfaces by their number are read where those do not exist', async () => {
    const text = `define wan = "wan7"
table inet t {
	chain c {
		iif "lan7" accept
		oif != { "ppp7", wg7 } drop
		iif $wan ct mark set 1
	}
}
`;
    const file = write('by-number.nft', text);
    for (const name of [file, '<stdin>']) {
      const listed = await listNft(nodeHost(), name, text);
      const json = listed.kind === 'listed' ? listed.json : listed.problems[0]?.message;
      for (const link of ['lan7', 'ppp7', 'wg7', 'wan7']) expect(json).toContain(`"${link}"`);
    }
  });

  test('that ask for an interface of which none can be made are refused with the cure', async () => {
    const listed = await listNft(
      nodeHost(),
      '<stdin>',
      'table inet t { chain c { iif "no/such" accept; }; }\n',
    );
    expect(listed).toMatchObject({
      kind: 'refused',
      problems: [{ message: expect.stringMatching(/^nft: Interface does not exist, .* write iifname/) }],
    });
  });

  test('whose resolver does not answer keep nobody waiting', async () => {
    const node = nodeHost();
    const waits: number[] = [];
    const hasty: Host = {
      ...node,
      converse: () => node.converse('sleep', ['600']),
      run: () => node.run('sleep', ['600'], { timeoutMs: 50 }),
      after: (ms, work) => {
        waits.push(ms);
        return node.after(50, work);
      },
    };
    const file = write('slow.nft', text);
    for (const name of [file, '<stdin>'])
      expect(await listNft(hasty, name, text)).toMatchObject({
        kind: 'refused',
        problems: [{ message: expect.stringMatching(/^nft has not read this text within 30 s: host names/) }],
      });
    expect(waits).toEqual([30_000]);
  });
});

test.each([
  [
    'is not installed',
    '--mount',
    'mount -t tmpfs none /usr/sbin',
    /nft is not installed: apt install nftables; without it, give/,
  ],
  [
    'may not make a network namespace',
    '--user --map-root-user',
    'echo 0 >/proc/sys/user/max_net_namespaces',
    /takes root or user namespaces, and this machine allows neither; without it, give/,
  ],
])('where nft %s, that is said with the cure, and nothing passes for clean', (_, kind, lack, said) => {
  const file = write('lacking.nft', 'table inet a {\n}\n');
  const script = `${lack} && exec ${PROGRAM} lint ${file}`;
  const words = [...kind.split(' '), 'sh', '-c', script];
  const { status, stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8' });
  expect(stdout + stderr).toMatch(said);
  expect(stdout).not.toContain('nothing wrong');
  expect(status).toBe(2);
});

test('nft text with define and include keeps the places of its rules, each in its own file', async () => {
  const nft = join(folder, 'nft');
  mkdirSync(nft);
  writeFileSync(join(nft, 'ports.nft'), 'tcp dport $web accept\n');
  writeFileSync(
    join(nft, 'main.nft'),
    'define web = { 80, 443 }\ntable inet fw {\n  chain in {\n    type filter hook input priority 0;\n    include "./ports.nft"\n    udp dport 53 drop\n  }\n}\n',
  );
  const { state, sources } = await read(join(nft, 'main.nft'));
  const rules = state.tables[0]?.chains[0]?.rules ?? [];
  expect(rules.map(({ span }) => sources.get(span?.file ?? '')?.slice(span?.start, span?.end))).toEqual([
    'tcp dport $web accept',
    'udp dport 53 drop',
  ]);
});

test('a snapshot answers as the machine it was made on, masked or not', () => {
  const router = [
    'ip link set lo up; ip link add wan0 type veth peer name isp0; ip link add wan1 type veth peer name isp1; ip link add lan0 type veth peer name pc',
    'for l in wan0 wan1 lan0 isp0 isp1 pc; do ip link set $l up; done',
    'ip address add 192.0.2.2/24 dev wan0; ip address add 198.51.100.2/24 dev wan1; ip address add 10.0.0.1/24 dev lan0',
    'ip route add default via 192.0.2.1; ip route add default via 198.51.100.1 table 100; ip rule add fwmark 0x36/0xff lookup 100',
    'sysctl -qw net.ipv4.ip_forward=1',
    'iptables-nft -t mangle -A FORWARD -m mark --mark 0x36 -j ACCEPT',
    'iptables-legacy -t mangle -A PREROUTING -s 10.0.0.0/24 -m comment --comment 8.8.8.8 -j MARK --set-xmark 0x36/0xff',
    'nft add table inet nat; nft "add chain inet nat post { type nat hook postrouting priority 100; }"; nft "add rule inet nat post oifname wan1 masquerade"',
  ].join('; ');
  const flow = '--in lan0 --src 10.0.0.9 --dst 203.0.113.9 --json';
  const program = `${PROGRAM}`;
  const steps = [
    `${program} trace --live ${flow}`,
    `${program} snapshot -o ${folder}/plain.json; ${program} trace --on ${folder}/plain.json ${flow}`,
    `${program} snapshot --mask -o ${folder}/masked.json; ${program} trace --on ${folder}/masked.json ${flow}`,
  ];
  const texts = inNamespace(`${router}; ${steps.join('; echo; echo =; ')}`).split('\n=\n');
  const answers = texts.map((text) => {
    const { summary, paths } = JSON.parse(text);
    const packets = paths[0].packets.map((packet: { disposition: object; end: object }) => [
      packet.disposition,
      packet.end,
    ]);
    return { summary, packets };
  });
  expect(answers[0]?.summary).toMatch(/leaves by wan1 as 198\.51\.100\.2/);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  expect(readFileSync(join(folder, 'masked.json'), 'utf8')).not.toContain('8.8.8.8');
});
