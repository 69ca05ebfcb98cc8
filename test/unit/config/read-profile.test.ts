import { describe, expect, test } from 'vitest';
import { files } from './diagnose.ts';
import { fiber, MASQUERADE, NONE, read } from './read-files.ts';

describe('a profile', () => {
  test('of a metered WAN is sparing with probes, unless it says otherwise', () => {
    const health = (lines: string) =>
      read(files({ fiber: lines })).wans.find(({ name }) => name === 'fiber')?.health;
    expect(health('metered: true')).toMatchObject({ intervalMs: 10_000, timeoutMs: 3000, fall: 3, rise: 3 });
    expect(health('metered: true\nhealth: { interval: 1s }')).toMatchObject({ intervalMs: 1000, fall: 3 });
  });

  test('keeps what is written of hold, damping and the answer of a name server', () => {
    const fiber = 'probes: [{ dns: 203.0.113.53, answer: [203.0.113.9, "2001:db8::9"] }]\n';
    const [, wan] = read(files({ fiber: `${fiber}health: { hold: 5s, damping: { half_life: 1m } }` })).wans;
    expect(wan?.probes).toMatchObject([{ kind: 'dns', answer: ['203.0.113.9', '2001:db8::9'] }]);
    expect(wan?.health).toMatchObject({ holdMs: 5000, damping: { halfLifeMs: 60_000, limitMs: 1_800_000 } });
    expect(read(files({ fiber: 'health: { damping: off }' })).wans[1]?.health.damping).toBeUndefined();
  });

  test.each([
    ['families: ipv6', NONE, NONE],
    ['families: both', MASQUERADE, NONE],
    ['families: both\nmasquerade: yes', MASQUERADE, MASQUERADE],
    ['families: both\nmasquerade: true', MASQUERADE, MASQUERADE],
    ['families: both\nmasquerade: ipv6', NONE, MASQUERADE],
    ['families: both\nmasquerade: no', NONE, NONE],
    ['families: both\nmasquerade: { ipv4: no, ipv6: yes }', NONE, MASQUERADE],
    ['snat: 192.0.2.7', { kind: 'snat', address: '192.0.2.7' }, NONE],
    ['families: both\nsnat: "2001:db8::7"', MASQUERADE, { kind: 'snat', address: '2001:db8::7' }],
    [
      'families: both\nsnat: { ipv4: 192.0.2.7, ipv6: "2001:DB8::0:7" }',
      { kind: 'snat', address: '192.0.2.7' },
      { kind: 'snat', address: '2001:db8::7' },
    ],
    [
      'families: both\nnptv6: { inside: "fd00:50::/64" }',
      MASQUERADE,
      { kind: 'nptv6', inside: { family: 'ipv6', address: 'fd00:50::', length: 64 }, outside: 'auto' },
    ],
  ])('with %j translates as it says', (lines, ipv4, ipv6) => {
    expect(fiber(lines).nat).toEqual({ ipv4, ipv6 });
  });

  test.each([
    ['gateway: none', { kind: 'none' }, { kind: 'none' }],
    ['gateway: 192.0.2.1', { kind: 'address', address: '192.0.2.1' }, { kind: 'auto' }],
    ['families: both\ngateway: "fe80::1"', { kind: 'auto' }, { kind: 'address', address: 'fe80::1' }],
    [
      'families: both\ngateway: { ipv4: none, ipv6: "fe80::1" }',
      { kind: 'none' },
      { kind: 'address', address: 'fe80::1' },
    ],
  ])('with %j has those gateways', (lines, ipv4, ipv6) => {
    expect(fiber(lines).gateway).toEqual({ ipv4, ipv6 });
  });

  test.each(['0x30000000', '"0x30000000"', '805306368', "'805306368'"])('takes the mark %s', (mark) => {
    expect(fiber(`mark: ${mark}`).mark).toMatchObject({ value: 0x30000000 });
  });

  test('merges sources that overlap', () => {
    expect(fiber('sources: [172.17.0.0/24, 172.17.0.0/16, 172.16.0.0/16, 192.0.2.9]').sources).toEqual([
      { family: 'ipv4', address: '172.16.0.0', length: 15 },
      { family: 'ipv4', address: '192.0.2.9', length: 32 },
    ]);
  });

  test('takes everything as a source where it is written out', () => {
    expect(fiber('sources: [192.0.2.0/24, 0.0.0.0/0]').sources).toEqual([
      { family: 'ipv4', address: '0.0.0.0', length: 0 },
    ]);
  });

  test('has probes of every kind', () => {
    const lines = `families: both
probes:
  - { ping: 203.0.113.1 }
  - { dns: 203.0.113.53, query: Example.org. }
  - { http: "http://[2001:db8::80]/x", expect: 204, body: ok }
  - { tcp: "[2001:db8::1]:443" }
  - { tcp: "www.example.org:80" }
  - { arp: yes }
  - { command: [/etc/check, "-a b"] }
  - { command: /etc/check }
`;
    expect(fiber(lines).probes.map(({ origin, ...probe }) => ({ ...probe, line: origin.line }))).toEqual([
      { kind: 'ping', target: '203.0.113.1', line: 5 },
      { kind: 'dns', server: '203.0.113.53', query: 'example.org', line: 6 },
      { kind: 'http', url: 'http://[2001:db8::80]/x', expect: 204, body: 'ok', line: 7 },
      { kind: 'tcp', host: '2001:db8::1', port: 443, line: 8 },
      { kind: 'tcp', host: 'www.example.org', port: 80, line: 9 },
      { kind: 'arp', line: 10 },
      { kind: 'command', command: ['/etc/check', '-a b'], line: 11 },
      { kind: 'command', command: ['/etc/check'], line: 12 },
    ]);
  });

  test.each([
    ['interval: 500ms', 30_000],
    ['interval: 1m', 1_201_000],
    ['interval: 1m, timeout: 5s', 1_205_000],
    ['interval: 1m, window: 1m', 60_000],
  ])('looks back at enough probes unless it says how far: %s', (lines, windowMs) => {
    expect(fiber(`health: { ${lines} }`).health.windowMs).toBe(windowMs);
  });

  test('judges neither loss nor delay where they are off', () => {
    const { health } = fiber('health: { loss: off, rtt: false, interval: 200ms }');
    expect([health.loss, health.rtt, health.intervalMs]).toEqual([undefined, undefined, 200]);
  });

  test('forwards ports and ranges to hosts of either family', () => {
    const lines = `families: both
port_forwards:
  - { protocol: tcp, port: 2222, to: 192.0.2.9:22 }
  - { protocol: udp, port: 80-90, to: "[2001:db8::9]:180-190" }
  - { protocol: udp, port: 443, to: "2001:db8::9" }
`;
    expect(fiber(lines).portForwards).toMatchObject([
      {
        protocol: 'tcp',
        port: { from: 2222, to: 2222 },
        to: { family: 'ipv4', address: '192.0.2.9', port: 22 },
      },
      {
        protocol: 'udp',
        port: { from: 80, to: 90 },
        to: { family: 'ipv6', address: '2001:db8::9', port: 180 },
      },
      { protocol: 'udp', port: { from: 443, to: 443 }, to: { family: 'ipv6', address: '2001:db8::9' } },
    ]);
  });
});
