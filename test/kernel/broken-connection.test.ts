import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInputs } from '../../src/cli/input/read-inputs.ts';
import { nodeHost } from '../../src/host/node.ts';
import { buildLab, type Lab } from '../../src/lab/lab.ts';
import type { RuleRef, Trace } from '../../src/trace/trace.ts';
import { traceFlow } from '../../src/trace/trace-flow.ts';
import { CLIENT, INTERNET, LAB } from './packets/topology.ts';

// kernel-facts 6.2, told by the kernel with packets and by trace: a mark that never reaches its connection.

const host = nodeHost();
const ROOT = new URL('../../', import.meta.url).pathname;
const [SOURCE] = CLIENT;
const [DESTINATION] = INTERNET;
const PORT = 443;
const SOURCE_PORT = 22_222;

/** An answer comes within milliseconds, and later where the machine stands still. */
const ANSWER_MS = 20_000;
/** One that is lost is waited for in vain. */
const SILENCE_MS = 1500;

const CHOSEN = `-i lan0 -d ${DESTINATION}`;
const ACCEPT = `-A PREROUTING -d ${DESTINATION}/32 -i lan0 -j ACCEPT`;

function iptables(accept: boolean): string {
  return `*mangle
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0 -j ACCEPT
-A PREROUTING ${CHOSEN} -j MARK --set-mark 0x36
${accept ? `-A PREROUTING ${CHOSEN} -j ACCEPT` : ''}
-A PREROUTING -m mark --mark 0 -j MARK --set-mark 0x30
-A PREROUTING -j CONNMARK --save-mark
COMMIT
*nat
-A POSTROUTING -o wan0 -j MASQUERADE
-A POSTROUTING -o wan1 -j MASQUERADE
COMMIT
`;
}

const NFT_ACCEPT = `iifname "lan0" ip daddr ${DESTINATION} accept`;

function nft(accept: boolean): string {
  return `table ip story
delete table ip story
table ip story {
  chain marking {
    type filter hook prerouting priority mangle; policy accept;
    meta mark set ct mark
    meta mark != 0 accept
    iifname "lan0" ip daddr ${DESTINATION} meta mark set 0x36
    ${accept ? NFT_ACCEPT : ''}
    meta mark 0 meta mark set 0x30
    ct mark set meta mark
  }
  chain translating {
    type nat hook postrouting priority srcnat; policy accept;
    oifname { "wan0", "wan1" } masquerade
  }
}
`;
}

/** Counts what is routed to each WAN, before the masquerade of the wrong one destroys it. */
const WATCH = `table ip watch {
  counter by-wan0 {}
  counter by-wan1 {}
  chain count {
    type filter hook postrouting priority mangle; policy accept;
    udp sport ${SOURCE_PORT} oifname "wan0" counter name by-wan0
    udp sport ${SOURCE_PORT} oifname "wan1" counter name by-wan1
  }
}
`;

const ROUTING = `rule add priority 90 lookup main suppress_prefixlength 0
rule add priority 100 fwmark 0x30 lookup 30
rule add priority 101 fwmark 0x36 lookup 36
route add default via 198.51.100.1 dev wan0 table 30
route add default via 198.51.100.129 dev wan1 table 36
`;

const FRONTENDS = [
  {
    name: 'iptables-nft',
    program: 'iptables-nft-restore',
    words: [],
    ruleset: iptables,
    line: ACCEPT,
    listing: ['iptables-nft-save'],
  },
  {
    name: 'iptables-legacy',
    program: 'iptables-legacy-restore',
    words: [],
    ruleset: iptables,
    line: ACCEPT,
    listing: ['iptables-legacy-save'],
  },
  {
    name: 'nft',
    program: 'nft',
    words: ['-f', '-'],
    ruleset: nft,
    line: NFT_ACCEPT,
    listing: ['nft', 'list', 'table', 'ip', 'story'],
  },
] as const;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'polywan-broken-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(FRONTENDS)('marks given by $name', ({ name, program, words, ruleset, line, listing }) => {
  let running: Lab | undefined;

  const lab = (): Lab => {
    if (running === undefined) throw new Error('the lab is not there');
    return running;
  };
  const run = async (command: string, given: readonly string[], input = ''): Promise<string> => {
    const result = await lab().exec('router', command, given, { input });
    expect(result.code, `${command} ${given.join(' ')}\n${result.stderr}`).toBe(0);
    return result.stdout;
  };

  beforeAll(async () => {
    running = await buildLab(host, LAB, { agent: [process.execPath, join(ROOT, 'dist/agent.cjs')] });
    await run('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.rp_filter=0']);
    for (const device of ['wan0', 'wan1', 'lan0'])
      await run('sysctl', ['-qw', `net.ipv4.conf.${device}.rp_filter=0`]);
    await run('ip', ['-batch', '-'], ROUTING);
    await run('nft', ['-f', '-'], WATCH);
  });

  afterAll(() => running?.tearDown());

  const load = async (accept: boolean): Promise<void> => {
    await run(program, words, ruleset(accept));
    await lab().forgetConnections();
    await run('nft', ['reset', 'counters']);
  };

  /** One packet of the flow, and by which ISP it was answered. */
  const send = async (waitMs: number): Promise<string> => {
    const [report] = await lab()
      .agent('lan lan0')
      .ask({
        op: 'datagrams',
        to: { address: DESTINATION, port: PORT },
        from: { address: SOURCE, port: SOURCE_PORT },
        count: 1,
        intervalMs: 0,
        waitMs,
        silent: false,
        tag: '',
      });
    return report?.via ?? report?.outcome ?? '';
  };

  /** How many packets of the flow were routed to each WAN. */
  const routed = async () => {
    const text = await run('nft', ['-j', 'list', 'counters', 'table', 'ip', 'watch']);
    const { nftables } = JSON.parse(text) as {
      nftables: readonly { counter?: { name: string; packets: number } }[];
    };
    return Object.fromEntries(
      nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])),
    );
  };

  /** The connection's entry in the router, as its connmark; absent: there is none. */
  const connmark = async (): Promise<number | undefined> => {
    const listed = await run('conntrack', ['-L', '-p', 'udp', '--orig-port-src', String(SOURCE_PORT)]);
    const mark = / mark=(\d+)/.exec(listed)?.[1];
    return mark === undefined ? undefined : Number(mark);
  };

  /** Traced outside in what the router's own tools list, rule by rule with its place; and in its snapshot. */
  const traced = async (): Promise<{ readonly trace: Trace; readonly cause: string }> => {
    const listed = mkdtempSync(join(folder, `${name}-`));
    const list = async (file: string, command: string, given: readonly string[]): Promise<void> =>
      writeFileSync(join(listed, file), await run(command, given));
    await list('rules', listing[0], listing.slice(1));
    await list('rule.json', 'ip', ['-j', '-N', 'rule', 'show']);
    await list('route.json', 'ip', ['-j', '-N', 'route', 'show', 'table', 'all']);
    await list('address.json', 'ip', ['-j', 'address', 'show']);
    const snapshot = join(folder, `${name}.json`);
    await run(join(ROOT, 'bin/polywan'), ['snapshot', '-o', snapshot]);
    const byListing = await traceIn(listed);
    const bySnapshot = await traceIn(snapshot);
    expect(bySnapshot.trace.summary).toBe(byListing.trace.summary);
    expect(placeOf(bySnapshot.trace)).toEqual(placeOf(byListing.trace));
    return { trace: bySnapshot.trace, cause: byListing.cause };
  };

  it('break the connection where an ACCEPT comes before the save, in the kernel and in trace', async () => {
    await load(true);
    expect(await send(ANSWER_MS)).toBe('cable');
    expect(await routed()).toEqual({ 'by-wan0': 0, 'by-wan1': 1 });
    expect(await connmark()).toBe(0x30);
    const before = await lab().counters();
    expect(await send(SILENCE_MS)).toBe('timeout');
    expect(await routed()).toEqual({ 'by-wan0': 1, 'by-wan1': 1 });
    expect(await connmark()).toBeUndefined();
    expect(await lab().counters()).toEqual(before);
    expect(await send(ANSWER_MS)).toBe('cable');
    expect(await send(SILENCE_MS)).toBe('timeout');

    const { trace, cause } = await traced();
    expect(trace.paths.map((path) => path.outcome)).toEqual(['broken']);
    expect(wayOf(trace, 'P1')).toBe('wan1');
    expect(wayOf(trace, 'P1b')).toBe('wan1');
    expect(wayOf(trace, 'R')).toBe('lan0');
    expect(wayOf(trace, 'P3')).toBe('dropped');
    const third = trace.paths[0]?.packets.find((packet) => packet.name === 'P3');
    expect(third?.steps.find((step) => step.kind === 'oif-changed')).toEqual({
      kind: 'oif-changed',
      from: 'wan1',
      to: 'wan0',
    });
    expect(cause).toBe(line);
  });

  it('keep the connection with its WAN without that ACCEPT, in the kernel and in trace', async () => {
    await load(false);
    for (let packet = 1; packet <= 4; packet += 1) {
      expect(await send(ANSWER_MS)).toBe('cable');
      expect(await routed()).toEqual({ 'by-wan0': 0, 'by-wan1': packet });
      expect(await connmark()).toBe(0x36);
    }
    const { trace } = await traced();
    expect(trace.paths.map((path) => path.outcome)).toEqual(['stays']);
    expect(['P1', 'P1b', 'R', 'P3'].map((packet) => wayOf(trace, packet))).toEqual([
      'wan1',
      'wan1',
      'lan0',
      'wan1',
    ]);
  });
});

function wayOf(trace: Trace, name: string): string {
  const end = trace.paths[0]?.packets.find((packet) => packet.name === name)?.disposition;
  return end?.kind === 'routed' ? end.interface : (end?.kind ?? 'not followed');
}

async function traceIn(path: string): Promise<{ readonly trace: Trace; readonly cause: string }> {
  const { state, sources } = await readInputs(host, [path]);
  const trace = traceFlow(state, {
    family: 'ipv4',
    in: 'lan0',
    source: SOURCE,
    destination: DESTINATION,
    protocol: 'udp',
    sourcePort: SOURCE_PORT,
    destinationPort: PORT,
  });
  if (typeof trace === 'string') throw new Error(trace);
  const span = causeOf(trace)?.span;
  return { trace, cause: sources.get(span?.file ?? '')?.slice(span?.start, span?.end) ?? '' };
}

function causeOf(trace: Trace): RuleRef | undefined {
  const cause = trace.paths[0]?.cause;
  return cause?.kind === 'rule' ? cause.rule : undefined;
}

function placeOf(trace: Trace): string {
  const cause = causeOf(trace);
  return cause === undefined ? '' : `${cause.table} ${cause.chain} ${cause.index}`;
}
