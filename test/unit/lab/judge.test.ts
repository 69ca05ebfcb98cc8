import { describe, expect, it } from 'vitest';
import type { Site } from '../../../src/config/site.ts';
import type { ExpectedExit } from '../../../src/lab/expected.ts';
import type { Flow } from '../../../src/lab/flow.ts';
import { judgeFlow } from '../../../src/lab/judge.ts';
import type { Seen } from '../../../src/lab/rehearsal.ts';
import type { Topology } from '../../../src/lab/topology.ts';

const FLOW: Flow = {
  family: 'ipv4',
  in: 'lan0',
  source: '192.0.2.10',
  destination: '203.0.113.9',
  protocol: 'tcp',
  destinationPort: 443,
};

/** Only what a judge reads of a site. */
const SITE = {
  wans: ['fiber', 'cable', 'tunnel'].map((name) => ({
    name,
    nat: { ipv4: { kind: name === 'tunnel' ? 'none' : 'masquerade' }, ipv6: { kind: 'none' } },
  })),
} as unknown as Site;

const TOPOLOGY = {
  wans: ['fiber', 'cable', 'tunnel'].map((name, at) => ({
    name,
    links: [{ family: 'ipv4', address: `198.51.10${at}.2`, length: name === 'cable' ? 16 : 24, more: [] }],
  })),
} as unknown as Topology;

const TO_FIBER: ExpectedExit = { kind: 'wans', shares: [{ wan: 'fiber', percent: 100 }] };

function seen(part: Partial<Seen>): Seen {
  return { exits: {}, failures: [], peers: {}, ...part };
}

describe('what was seen', () => {
  it.each<readonly [string, ExpectedExit, Seen]>([
    ['the WAN asked for', TO_FIBER, seen({ exits: { fiber: 2 }, peers: { fiber: ['198.51.100.2'] } })],
    ['a refusal where nothing may leave', { kind: 'unreachable' }, seen({ failures: ['unreachable'] })],
    ['silence where packets are to vanish', { kind: 'blackhole' }, seen({ failures: ['timeout'] })],
    [
      'an inside address by a WAN that translates none',
      { kind: 'wans', shares: [...TO_FIBER.shares, { wan: 'tunnel', percent: 50 }] },
      seen({ exits: { fiber: 1, tunnel: 1 }, peers: { fiber: ['198.51.100.2'], tunnel: ['192.0.2.10'] } }),
    ],
    [
      'the address of another WAN in the same network',
      { kind: 'wans', shares: [{ wan: 'cable', percent: 100 }] },
      seen({ exits: { cable: 1 }, peers: { cable: ['198.51.100.2'] } }),
    ],
    ["main's default", { kind: 'main', wan: 'cable' }, seen({ exits: { cable: 1 } })],
    [
      "silence where main's default is cut",
      { kind: 'main', wan: 'cable', cut: true },
      seen({ failures: ['timeout'] }),
    ],
  ])('is as planned: %s', (_, expected, found) => {
    expect(judgeFlow(SITE, TOPOLOGY, FLOW, expected, found)).toEqual({ kind: 'as-planned' });
  });

  it.each<readonly [string, ExpectedExit, Seen]>([
    ['left by cable', TO_FIBER, seen({ exits: { fiber: 3, cable: 1 } })],
    ['no answer: timeout', TO_FIBER, seen({ exits: { fiber: 3 }, failures: ['timeout'] })],
    [
      'left with its inside address 192.0.2.10',
      TO_FIBER,
      seen({ exits: { fiber: 1 }, peers: { fiber: ['192.0.2.10'] } }),
    ],
    [
      'left by fiber with the address of cable',
      TO_FIBER,
      seen({ exits: { fiber: 2 }, peers: { fiber: ['198.51.100.2', '198.51.101.2'] } }),
    ],
    ['left by cable', { kind: 'unreachable' }, seen({ exits: { cable: 1 } })],
    ['was not refused as unreachable: timeout', { kind: 'unreachable' }, seen({ failures: ['timeout'] })],
    ['left by fiber', { kind: 'blackhole' }, seen({ exits: { fiber: 1 } })],
    ['was refused as unreachable', { kind: 'blackhole' }, seen({ failures: ['unreachable'] })],
    ['left by cable', { kind: 'main' }, seen({ exits: { cable: 1 } })],
    ['left by fiber', { kind: 'main', wan: 'cable', cut: true }, seen({ exits: { fiber: 1 } })],
  ])('is different: %s', (why, expected, found) => {
    expect(judgeFlow(SITE, TOPOLOGY, FLOW, expected, found)).toEqual({ kind: 'different', why });
  });
});
