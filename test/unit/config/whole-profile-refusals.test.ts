import { describe, expect, test } from 'vitest';
import { diagnose, wholeSite } from './diagnose.ts';
import type { Refusal } from './refuses.ts';

/** The profile beside a right site with `lan: [lan0]`, and what is said of it. */
const REFUSED_WHOLE: readonly Refusal[] = [
  ['a name that is missing', 'interface: wan0', '1:1: "name" is missing'],
  [
    'a name that is too long',
    'name: a234567890123456\ninterface: wan0',
    '1:7: expected a name of at most 15 letters, digits, _ and -, beginning with a letter, not "a234567890123456"',
  ],
  [
    'a name that is a number',
    'name: 12\ninterface: wan0',
    '1:7: expected a name of at most 15 letters, digits, _ and -, beginning with a letter, not "12"',
  ],
  [
    "a name of the kernel's",
    'name: main\ninterface: wan0',
    '1:7: "main" has a meaning of its own and cannot name a WAN',
  ],
  ['an interface that is missing', 'name: fiber', '1:1: "interface" is missing'],
  [
    'an interface that is missing, together with what else is wrong',
    'name: fiber\ngateway: atuo\nmetred: yes',
    '1:1: "interface" is missing',
    '2:10: expected an address, auto or none, not "atuo" (auto)',
    '3:1: unknown key "metred" (metered)',
  ],
  [
    'misspelt keys, which are not also told as missing',
    'nmae: fiber\ninterfac: wan0',
    '1:1: unknown key "nmae" (name)',
    '2:1: unknown key "interfac" (interface)',
  ],
  [
    'a key that has no blank behind its colon',
    '{name:fiber, interface: wan0}',
    '1:2: unknown key "name:fiber" (name: fiber)',
  ],
  [
    'an interface name of 16 characters',
    'name: fiber\ninterface: w234567890123456',
    '2:12: expected an interface name of at most 15 letters, digits, _, ., @, = and -, not "w234567890123456"',
  ],
  [
    'an interface name with a character that tools take for something else',
    'name: fiber\ninterface: "wan#0"',
    '2:13: expected an interface name of at most 15 letters, digits, _, ., @, = and -, not "wan#0"',
  ],
  [
    'the loopback',
    'name: fiber\ninterface: lo',
    '2:12: "lo" is the loopback: what is sent by it never leaves this machine',
  ],
  [
    'an interface called as sysctl calls all of them',
    'name: fiber\ninterface: all',
    '2:12: the kernel gives no interface the name "all"',
  ],
  [
    'an interface called as the folder above',
    'name: fiber\ninterface: ..',
    '2:12: the kernel gives no interface the name ".."',
  ],
  [
    'a number for a text, and a truth',
    'name: true\ninterface: 5\nprobes: [{ command: [/bin/check, 5, 0x10] }]',
    '1:7: expected a name of at most 15 letters, digits, _ and -, beginning with a letter, not "true": put it in quotes',
    '2:12: expected an interface name of at most 15 letters, digits, _, ., @, = and -, not "5": put it in quotes',
    '3:34: expected a program or one of its arguments, not "5": put it in quotes',
    '3:37: expected a program or one of its arguments, not "0x10": put it in quotes',
  ],
  [
    'a number that quotes would not cure',
    'name: 123\ninterface: wan0\nsnat: 5\nmark: 4294967296\nprobes: [{ dns: 1.5 }]',
    '1:7: expected a name of at most 15 letters, digits, _ and -, beginning with a letter, not "123"',
    '3:7: expected an address, or a mapping with ipv4 and ipv6, not "5"',
    '4:7: expected auto or a mark such as 0x30000000, not "4294967296"',
    '5:17: expected an address, not "1.5"',
  ],
  ['an interface of lan', 'name: fiber\ninterface: lan0', '2:12: "lan0" is an interface of lan'],
];

describe('a whole profile is refused for', () => {
  test.each(REFUSED_WHOLE)('%s', (_, fiber, ...expected) => {
    const site = 'version: 1\nlan: [lan0]\n';
    const found = diagnose({ 'polywan.yaml': site, 'profiles/fiber.yaml': fiber });
    expect(found).toEqual(expected.map((each) => `profiles/fiber.yaml:${each}`));
  });

  test('an interface that a pattern of lan takes in', () => {
    const site = 'version: 1\nlan: [w+]\n';
    expect(diagnose(wholeSite(site))).toEqual(['profiles/fiber.yaml:2:12: "wan0" is an interface of lan']);
  });
});
