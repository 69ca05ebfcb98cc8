import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Probe } from '../../../src/config/site.ts';
import { nodeHost } from '../../../src/host/node.ts';
import { NO_MEMORY, startWan } from '../../../src/monitor/decide/start.ts';
import { familyAsked } from '../../../src/monitor/health/family-asked.ts';
import { newTrack } from '../../../src/monitor/health/track.ts';
import { askTcp } from '../../../src/monitor/probe/ask.ts';
import { bindingsOf } from '../../../src/monitor/probe/bindings-of.ts';
import { readAnswer, writeQuestion } from '../../../src/monitor/probe/dns-message.ts';
import { probeKeeper } from '../../../src/monitor/probe/probe-keeper.ts';
import { compile } from '../../../src/plan/compile.ts';
import { PROBE_PORTS } from '../../../src/plan/probe-ports.ts';
import { machineWith, ORIGIN, sampleSite, sampleWan } from '../plan/sample-site.ts';
import { fakeClock, fakeHost } from './fake-host.ts';

describe('the family a probe speaks for', () => {
  const state = startWan(sampleWan('fiber', { families: ['ipv4', 'ipv6'] }), NO_MEMORY, 0);
  const track = newTrack(0);
  const http = (url: string): Probe => ({ kind: 'http', url, expect: 204, origin: ORIGIN });
  const tcp = (host: string): Probe => ({ kind: 'tcp', host, port: 443, origin: ORIGIN });

  it.each([
    [{ kind: 'ping', target: '203.0.113.1', origin: ORIGIN }, 'ipv4'],
    [{ kind: 'ping', target: '2001:db8::1', origin: ORIGIN }, 'ipv6'],
    [{ kind: 'ping', target: 'host.example', origin: ORIGIN }, 'ipv4'],
    [tcp('203.0.113.1'), 'ipv4'],
    [tcp('2001:db8::1'), 'ipv6'],
    [tcp('host.example'), undefined],
    [{ kind: 'dns', server: '2001:db8::53', query: 'example.net', origin: ORIGIN }, 'ipv6'],
    [http('http://198.51.100.80/204'), 'ipv4'],
    [http('http://[2001:db8::80]:8080/204'), 'ipv6'],
    [http('https://host.example/204'), undefined],
    [{ kind: 'arp', origin: ORIGIN }, 'ipv4'],
    [{ kind: 'command', command: ['check'], origin: ORIGIN }, undefined],
  ] as const satisfies readonly (readonly [Probe, unknown])[])('%j', (probe, family) => {
    expect(familyAsked(probe, track, state)).toBe(family);
  });

  it('is, for a name, the one it was found in, and for arp that of the gateway', () => {
    expect(familyAsked(tcp('host.example'), { ...track, family: 'ipv6' }, state)).toBe('ipv6');
    const families = { ipv4: { gateway: null }, ipv6: { gateway: 'fe80::1' } };
    expect(familyAsked({ kind: 'arp', origin: ORIGIN }, track, { ...state, families })).toBe('ipv6');
  });
});

describe('messages of DNS', () => {
  const question = writeQuestion(0x1234, 'example.net', 'A');

  /** The question turned into an answer, with these records behind it. */
  function answer(records: readonly (readonly number[])[], flags = 0x8180): Uint8Array {
    const bytes = [...question, ...records.flat()];
    bytes.splice(2, 2, flags >> 8, flags & 0xff);
    bytes[7] = records.length;
    return Uint8Array.from(bytes);
  }

  const a = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 9];
  const alias = [0xc0, 0x0c, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 97, 0xc0, 0x0c];
  const aaaa = [1, 97, 0, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 9];

  it('ask for the name, recursively', () => {
    expect(Buffer.from(question).toString('hex')).toBe(
      '123401000001000000000000076578616d706c65036e65740000010001',
    );
  });

  it('give the addresses of the type asked for, behind aliases, and none is an answer, too', () => {
    expect(readAnswer(answer([alias, a]), 0x1234, 'A')).toEqual(['203.0.113.9']);
    expect(readAnswer(answer([a, aaaa]), 0x1234, 'AAAA')).toEqual(['2001:db8::9']);
    expect(readAnswer(answer([]), 0x1234, 'A')).toEqual([]);
  });

  it('are wrong when they tell of an error or end too early, and say nothing when they are of another question', () => {
    expect(readAnswer(answer([], 0x8182), 0x1234, 'A')).toBe('wrong');
    expect(readAnswer(answer([a]).subarray(0, 40), 0x1234, 'A')).toBe('wrong');
    expect(readAnswer(answer([a]), 0x4321, 'A')).toBeUndefined();
    expect(readAnswer(question, 0x1234, 'A')).toBeUndefined();
  });
});

describe('sockets of probes', () => {
  const { network } = nodeHost();
  /** Longer than a machine ever stands still. */
  const PATIENCE_MS = 30_000;
  const to = { host: '127.0.0.1', family: 4, localAddress: '127.0.0.2', localPorts: PROBE_PORTS } as const;

  it('connect and ask from the address they are bound to and from ports that are the probes’ own', async () => {
    const seen: string[] = [];
    const server = createServer(({ socket }, response) => {
      seen.push(`${socket.remoteAddress}`);
      expect(socket.remotePort).toBeGreaterThanOrEqual(PROBE_PORTS.from);
      expect(socket.remotePort).toBeLessThanOrEqual(PROBE_PORTS.to);
      response.writeHead(204).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    expect(await network.connect({ ...to, port }, PATIENCE_MS)).toBe('connected');
    for (let times = 0; times < 3; times += 1)
      expect(await network.get(`http://host.example:${port}/`, to, PATIENCE_MS)).toEqual({
        status: 204,
        body: '',
      });
    expect(seen).toEqual(Array(3).fill('127.0.0.2'));
    await new Promise((done) => server.close(done));
    expect(await network.connect({ ...to, port }, PATIENCE_MS)).toBe('refused');
  });

  it('exchange one message for the first answer that is one, and tell silence and refusal', async () => {
    const server = createSocket('udp4');
    server.on('message', (message, from) => {
      if (message.toString() !== 'silent')
        for (const text of ['noise', 'yes']) server.send(text, from.port, from.address);
    });
    await new Promise<void>((done) => server.bind(0, '127.0.0.1', done));
    const { port } = server.address();
    const ask = (text: string) =>
      network.exchange({ ...to, port }, Buffer.from(text), readYes, text === 'silent' ? 50 : PATIENCE_MS);
    expect(await ask('hello')).toBe(true);
    expect(await ask('silent')).toBe('silent');
    await new Promise<void>((done) => server.close(done));
    expect(await ask('hello')).toBe('refused');
  });

  it('take the next port when one is taken', async () => {
    const busy = createSocket('udp4');
    await new Promise<void>((done) => busy.bind(PROBE_PORTS.from + 100, '127.0.0.3', done));
    const from = PROBE_PORTS.from + 100;
    const few = { ...to, localAddress: '127.0.0.3', localPorts: { from, to: from + 1 }, port: 9 };
    expect(await network.exchange(few, Buffer.from('x'), readYes, 500)).not.toBe('unsent');
    await new Promise<void>((done) => busy.close(done));
  });

  function readYes(message: Uint8Array): true | undefined {
    return Buffer.from(message).toString() === 'yes' ? true : undefined;
  }
});

describe('the probes that run', () => {
  const ping = (target: string): Probe => ({ kind: 'ping', target, origin: ORIGIN });
  const wans = (...fiber: readonly string[]) => [
    sampleWan('fiber', { interface: 'wan0', probes: fiber.map(ping) }),
    sampleWan('cable', { interface: 'wan1', probes: [ping('203.0.113.9')] }),
  ];
  const facts = { ...machineWith('wan0', 'wan1'), links: machineWith('wan0', 'wan1', 'lan0').links };
  const planOf = (of: ReturnType<typeof wans>) =>
    compile(sampleSite({ wans: of }), facts, { backend: 'nftables', health: {}, allocation: { slots: {} } });

  it('stop as soon as the site gives their WAN others, and these start once the plan has them', () => {
    const clock = fakeClock();
    const running = new Set<string>();
    const host = fakeHost({
      ...clock,
      env: () => undefined,
      resolvePath: (...parts) => parts.join('/'),
      correspond: (_, _program, words) => {
        const target = `${words.at(-1)} by ${words[words.indexOf('-I') + 1]}`;
        running.add(target);
        return {
          collect: () => '',
          onErrors: () => {},
          kill: () => void running.delete(target),
          ended: new Promise(() => {}),
        };
      },
    });
    const probes = probeKeeper(
      host,
      () => {},
      () => {},
    );
    const [before, after] = [wans('203.0.113.1', '203.0.113.2'), wans('203.0.113.2')];
    const runningWith = (plan: typeof before, site: typeof before): readonly string[] => {
      probes.keep(planOf(plan), facts, site);
      clock.pass(500);
      return [...running].toSorted();
    };
    const cable = '203.0.113.9 by wan1';
    expect(runningWith(before, before)).toEqual(['203.0.113.1 by wan0', '203.0.113.2 by wan0', cable]);
    expect(runningWith(before, after)).toEqual([cable]);
    expect(runningWith(after, after)).toEqual(['203.0.113.2 by wan0', cable]);
    probes.stop();
  });
});

describe('an address that two WANs have', () => {
  const tcp = { kind: 'tcp', host: '203.0.113.9', port: 443, origin: ORIGIN } as const;
  const site = sampleSite({
    wans: ['fiber', 'cable'].map((name, at) => sampleWan(name, { interface: `wan${at}`, probes: [tcp] })),
  });
  const machine = machineWith('wan0', 'wan1');
  const facts = {
    ...machine,
    links: machineWith('wan0', 'wan1', 'lan0').links,
    addresses: machine.addresses.map((address) => ({ ...address, address: '192.0.2.2' })),
  };
  const plan = compile(site, facts, { backend: 'nftables', health: {}, allocation: { slots: {} } });

  it('is told with the plan, once', () => {
    expect(plan.warnings.map(({ message }) => message)).toEqual([
      'WANs fiber and cable both have the address 192.0.2.2: what the router binds to it leaves by fiber, and tcp, dns and http probes of cable cannot be asked; ping and arp probes can',
    ]);
  });

  it('binds probes of the first alone', () => {
    const bindings = bindingsOf(plan, facts);
    expect(bindings.get('fiber')?.addresses).toEqual({ ipv4: '192.0.2.2' });
    expect(bindings.get('cable')?.addresses).toEqual({});
  });
});

describe('a host that is named', () => {
  const probe = { kind: 'tcp', host: 'host.example', port: 443, origin: ORIGIN } as const;
  const families = ['ipv4', 'ipv6'] as const;
  const wan = sampleWan('fiber', { families, interface: 'wan0' });
  const binding = {
    ...{ wan: 'fiber', interface: 'wan0', ifindex: 2, mark: { value: 1, mask: 255 }, families },
    ...{ addresses: { ipv4: '192.0.2.2', ipv6: '2001:db8::2' }, gateways: { ipv4: null, ipv6: null } },
    ...{ probes: [probe], health: wan.health },
  };

  /** What comes of one question whose look-ups take 300 ms and give these, and what was asked. */
  async function ask(answers: Readonly<Record<4 | 6, string>>): Promise<unknown> {
    const clock = fakeClock();
    const asked: unknown[] = [];
    const { connect: _, ...network } = nodeHost().network;
    const host = fakeHost({
      ...clock,
      network: {
        ...network,
        lookUp: async (name, family, timeoutMs) => {
          asked.push(`${name} ${family} ${timeoutMs}`);
          clock.pass(300);
          const answer = answers[family];
          return answer === 'silent' || answer === 'unsent' ? answer : { address: answer };
        },
        connect: async ({ host: address }) => {
          asked.push(address);
          return 'connected';
        },
      },
    });
    return [await askTcp(host, binding, probe)(1000, (family) => asked.push(family)), asked];
  }

  it('is looked up within the timeout, in the families that the WAN carries', async () => {
    const [v4, v6] = ['host.example 4 1000', 'host.example 6 700'];
    expect(await ask({ 4: '203.0.113.9', 6: '' })).toEqual(['well', [v4, 'ipv4', '203.0.113.9']]);
    expect(await ask({ 4: 'unsent', 6: '2001:db8::9' })).toEqual(['well', [v4, v6, 'ipv6', '2001:db8::9']]);
    expect(await ask({ 4: 'unsent', 6: 'unsent' })).toEqual(['unsent', [v4, v6]]);
    expect(await ask({ 4: 'silent', 6: '' })).toEqual(['silent', [v4]]);
  });
});
