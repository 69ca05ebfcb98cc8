import { describe, expect, test } from 'vitest';
import { CABLE, diagnose, FIBER, files } from './diagnose.ts';

/** The second of two profiles; the first is cable on wan1. */
const REFUSED_PAIRS: readonly (readonly [
  title: string,
  cable: string,
  fiber: string,
  ...expected: string[],
])[] = [
  [
    'one name',
    CABLE,
    'name: cable\ninterface: wan0',
    '1:7: the name "cable" is taken by cable (profiles/cable.yaml:1)',
  ],
  [
    'one table',
    `${CABLE}table: 100`,
    `${FIBER}table: 100`,
    '3:8: table 100 is taken by cable (profiles/cable.yaml:1)',
  ],
  [
    'one mark',
    `${CABLE}mark: 0x1000000`,
    `${FIBER}mark: "16777216"`,
    '3:8: mark 0x1000000 is taken by cable (profiles/cable.yaml:1)',
  ],
  [
    'one interface',
    CABLE,
    'name: fiber\ninterface: wan1',
    '2:12: cable (profiles/cable.yaml:1) is on "wan1" too: both need a gateway of their own (ipv4)',
  ],
  [
    'one interface and one gateway',
    `${CABLE}gateway: 192.0.2.1`,
    'name: fiber\ninterface: wan1\ngateway: 192.0.2.1',
    '2:12: cable (profiles/cable.yaml:1) is on "wan1" too: both need a gateway of their own (ipv4)',
  ],
];

describe('two profiles are refused for', () => {
  test.each(REFUSED_PAIRS)('%s', (_, cable, fiber, ...expected) => {
    const site = 'version: 1\n';
    const found = diagnose({
      'polywan.yaml': site,
      'profiles/cable.yaml': cable,
      'profiles/fiber.yaml': fiber,
    });
    expect(found).toEqual(expected.map((each) => `profiles/fiber.yaml:${each}`));
  });

  test('a port that the site forwards already', () => {
    const found = diagnose(
      files({
        site: 'port_forwards: [{ protocol: tcp, port: 80-90, to: 192.0.2.9 }]',
        fiber: 'port_forwards: [{ protocol: tcp, port: 90, to: 192.0.2.8 }]',
      }),
    );
    expect(found).toEqual(['profiles/fiber.yaml:3:40: tcp port 90 is forwarded already (polywan.yaml:4)']);
  });

  test('but not for one interface with a gateway each, or one port on two WANs', () => {
    const forward = 'port_forwards: [{ protocol: tcp, port: 90, to: 192.0.2.8 }]';
    const found = diagnose({
      'polywan.yaml': 'version: 1\n',
      'profiles/cable.yaml': `${CABLE}gateway: 192.0.2.1\n${forward}`,
      'profiles/fiber.yaml': `name: fiber\ninterface: wan1\ngateway: 192.0.2.2\n${forward}`,
    });
    expect(found).toEqual([]);
  });
});
