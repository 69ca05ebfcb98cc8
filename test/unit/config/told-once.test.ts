import { describe, expect, test } from 'vitest';
import { diagnose, files, wholeSite } from './diagnose.ts';

/** Lines of a profile from line 3, of which the first holds all that is wrong. */
const PROFILES: readonly (readonly [title: string, lines: string])[] = [
  ['families that are none', 'families: bth\ngateway: "2001:db8::1"\nsnat: { ipv6: "2001:db8::7" }'],
  ['families by another key', 'famlies: both\nprobes: [{ ping: "2001:db8::1" }]'],
  ['families that are abbreviated', 'fam: both\nprobes: [{ ping: "2001:db8::1" }]'],
  ['a masquerade that is none', 'masquerade: yse\nfamilies: ipv6\nsources: ["2001:db8::/32"]'],
  ['probes that are no list', 'probes: { ping: 192.0.2.1 }\nhealth: { quorum: 2 }'],
  ['a threshold of loss', 'health: { loss: { down: 80, up: 50% } }'],
  ['a threshold of delay', 'health: { rtt: { down: 2, up: 1500ms } }'],
  ['a half-life', 'health: { damping: { half_life: 1, limit: 10s } }'],
  ['an interval', 'health: { interval: 100, window: 200ms }'],
  ['an interval that is too short', 'health: { interval: 5ms }'],
];

/** Lines of a site from line 4, of which the first holds all that is wrong. */
const SITES: readonly (readonly [title: string, lines: string])[] = [
  ['a mask that is none', 'mark_mask: 0xfg'],
  ['a mask with a leading zero', 'mark_mask: 0377'],
  ['an interface that is none', 'steering: [{ in: 5 5, uid: 1000, policy: balanced }]'],
  [
    'a destination that is abbreviated',
    'expect: [{ flow: { in: lan0, dst: 203.0.113.9, protocol: tcp }, exit: fiber }]',
  ],
  [
    'the router of a flow by another spelling',
    'expect: [{ flow: { in: routr, destination: 203.0.113.9, protocol: tcp, uid: 1000 }, exit: fiber }]',
  ],
  [
    'a flow with an owner that comes from nowhere',
    'expect: [{ flow: { destination: 203.0.113.9, protocol: tcp, uid: 1000 }, exit: fiber }]',
  ],
  ['the router by another spelling', 'steering: [{ in: routr, uid: 1000, policy: balanced }]'],
];

/** Whole sites with one mistake in line 2. */
const WHOLE_SITES: readonly (readonly [title: string, lines: string])[] = [
  [
    'lan by another key',
    'lna: [lan0]\npolicies: { b: { members: [{ wan: fiber }] } }\nsteering: [{ in: lan0, policy: b }]',
  ],
  [
    'a wrong name in lan',
    'lan: [lan/0]\npolicies: { b: { members: [{ wan: fiber }] } }\nsteering: [{ in: lan0, policy: b }]',
  ],
  [
    'policies whose names are not indented',
    'policies:\nb: { members: [{ wan: fiber }] }\nother: { members: [{ wan: fiber }] }\nsteering: [{ policy: b }]',
  ],
  [
    'policies by another key',
    'polcies: { b: { members: [{ wan: fiber }] } }\nsteering: [{ policy: b }]\nlocal_traffic: b',
  ],
];

describe('what only follows from a mistake is not told beside it', () => {
  test.each(PROFILES)('%s', (_, fiber) => {
    expect(diagnose(files({ fiber }))).toEqual([expect.stringMatching(/^profiles\/fiber\.yaml:3:/)]);
  });

  test.each(SITES)('%s', (_, site) => {
    const found = diagnose(files({ site, fiber: 'mark: 0x30000000\n' }));
    expect(found).toEqual([expect.stringMatching(/^polywan\.yaml:4:/)]);
  });

  test.each(WHOLE_SITES)('%s', (_, lines) => {
    const found = diagnose(wholeSite(`version: 1\n${lines}\n`));
    expect(found).toEqual([expect.stringMatching(/^polywan\.yaml:2:/)]);
  });

  test.each([
    ['refused', 'name: fiber\ninterface: wan 0\nfamilies: both\n'],
    ['no YAML', 'name: fiber\ninterface: wan0\nfamilies: [both\n'],
  ])('a forward to the family of a profile that is %s', (_, fiber) => {
    const site = 'port_forwards: [{ protocol: tcp, port: 80, to: "2001:db8::9" }]';
    const found = diagnose({ ...files({ site }), 'profiles/fiber.yaml': fiber });
    expect(found).toEqual([expect.stringMatching(/^profiles\/fiber\.yaml:/)]);
  });

  test('a reserved name that two profiles have', () => {
    const found = diagnose({
      'polywan.yaml': 'version: 1\n',
      'profiles/cable.yaml': 'name: main\ninterface: wan1\n',
      'profiles/fiber.yaml': 'name: main\ninterface: wan0\n',
    });
    expect(found).toEqual([
      'profiles/cable.yaml:1:7: "main" has a meaning of its own and cannot name a WAN',
      'profiles/fiber.yaml:1:7: "main" has a meaning of its own and cannot name a WAN',
    ]);
  });
});
