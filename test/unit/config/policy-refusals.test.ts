import { describe, expect, test } from 'vitest';
import { CABLE, diagnose, wholeSite } from './diagnose.ts';
import type { Refusal } from './refuses.ts';

/** The value of `policies.p`, on line 2, and what is said of it. */
const REFUSED_POLICIES: readonly Refusal[] = [
  ['no members', '{ members: [] }', '2:27: expected a list of members, not an empty list'],
  ['members left out', '{ sticky: 10m }', '2:18: "members" is missing'],
  ['an unknown WAN', '{ members: [{ wan: fibre }] }', '2:35: unknown WAN "fibre" (fiber)'],
  [
    'a WAN twice',
    '{ members: [{ wan: fiber }, { wan: fiber, tier: 2 }] }',
    '2:51: "fiber" is twice in this policy',
  ],
  [
    'a weight of 0',
    '{ members: [{ wan: fiber, weight: 0 }] }',
    '2:50: expected a whole number from 1 to 1000, not "0"',
  ],
  [
    'a negative weight',
    '{ members: [{ wan: fiber, weight: -1 }] }',
    '2:50: expected a whole number from 1 to 1000, not "-1"',
  ],
  [
    'half a weight',
    '{ members: [{ wan: fiber, weight: 1.5 }] }',
    '2:50: expected a whole number from 1 to 1000, not "1.5"',
  ],
  [
    'a tier of 0',
    '{ members: [{ wan: fiber, tier: 0 }] }',
    '2:48: expected a whole number from 1 to 255, not "0"',
  ],
  [
    'an unknown last resort',
    '{ members: [{ wan: fiber }], last_resort: unreachabel }',
    '2:58: expected unreachable, blackhole or main, not "unreachabel" (unreachable)',
  ],
  [
    'a duration without a unit',
    '{ members: [{ wan: fiber }], sticky: 10 }',
    '2:53: expected a duration such as 500ms, 10s or 10m, not "10"',
  ],
  [
    'a duration that is too long',
    '{ members: [{ wan: fiber }], sticky: 25d }',
    '2:53: a duration ends at 24d',
  ],
  [
    'half a millisecond',
    '{ members: [{ wan: fiber }], sticky: 0.5ms }',
    '2:53: a duration is a whole number of milliseconds',
  ],
];

describe('a policy is refused for', () => {
  test.each(REFUSED_POLICIES)('%s', (_, policy, ...expected) => {
    const site = `version: 1\npolicies: { p: ${policy} }\n`;
    const all = { ...wholeSite(site), 'profiles/cable.yaml': CABLE };
    expect(diagnose(all)).toEqual(expected.map((each) => `polywan.yaml:${each}`));
  });

  test('a name that an iptables chain could not carry', () => {
    const site = 'version: 1\npolicies: { much-too-long-a-name: { members: [{ wan: fiber }] } }\n';
    expect(diagnose(wholeSite(site))).toEqual([
      'polywan.yaml:2:13: expected a name of at most 15 letters, digits, _ and -, beginning with a letter, not "much-too-long-a-name"',
    ]);
  });

  test('the name __proto__, which the library of the schema passes over', () => {
    const site = 'version: 1\npolicies: { __proto__: hello }\n';
    expect(diagnose(wholeSite(site))).toEqual([
      'polywan.yaml:2:13: expected a name of at most 15 letters, digits, _ and -, beginning with a letter, not "__proto__"',
    ]);
  });
});
