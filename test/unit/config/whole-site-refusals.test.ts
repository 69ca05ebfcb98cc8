import { describe, expect, test } from 'vitest';
import { diagnose, FIBER, wholeSite } from './diagnose.ts';

describe('a whole site is refused', () => {
  test('when there is none', () => {
    expect(diagnose({})).toEqual(['polywan.yaml:1:1: no such file']);
  });

  test('when it is empty', () => {
    expect(diagnose(wholeSite('# nothing\n'))).toEqual(['polywan.yaml:1:1: the file is empty']);
  });

  test('when it is no mapping', () => {
    expect(diagnose(wholeSite('- a\n'))).toEqual([
      'polywan.yaml:1:1: expected a site, a mapping with version, not a list',
    ]);
  });

  test('when its version stands in quotes', () => {
    expect(diagnose(wholeSite('version: "1"\n'))).toEqual([
      'polywan.yaml:1:11: expected 1, not "1": write it without quotes',
    ]);
  });

  test('when its version is unknown or missing', () => {
    expect(diagnose(wholeSite('version: 2\n'))).toEqual(['polywan.yaml:1:10: expected 1, not "2"']);
    expect(diagnose(wholeSite('lan: lan0\n'))).toEqual(['polywan.yaml:1:1: "version" is missing']);
  });

  test('when there is no profile', () => {
    expect(diagnose({ 'polywan.yaml': 'version: 1\n' })).toEqual([
      'polywan.yaml:1:1: no profiles: neither named here nor found as profiles/*.yaml',
    ]);
  });

  test('when it is no YAML, and its profiles are checked all the same', () => {
    expect(
      diagnose({ 'polywan.yaml': 'lan: [lan0\n', 'profiles/fiber.yaml': `${FIBER}metred: yes\n` }),
    ).toEqual([
      'polywan.yaml:2:1: deficient indentation: a [, { or quote above it is not closed, or this is a part of it and must be indented',
      'profiles/fiber.yaml:3:1: unknown key "metred" (metered)',
    ]);
  });

  test('for all mistakes of all files at once, in the order of their places', () => {
    const site =
      'version: 1\nbackend: iptable\npolicies: { p: { members: [{ wan: fibre, weight: 0 }] } }\nlocal_traffic: q\n';
    const fiber =
      'name: fiber\ninterface: wan0\nmark: 1\nsources: [192.0.2.1/24]\nhealth: { fal: 1, timeout: 0 }\n';
    expect(diagnose({ 'polywan.yaml': site, 'profiles/fiber.yaml': fiber })).toEqual([
      'polywan.yaml:2:10: expected auto, nftables or iptables, not "iptable" (iptables)',
      'polywan.yaml:3:35: unknown WAN "fibre" (fiber)',
      'polywan.yaml:3:50: expected a whole number from 1 to 1000, not "0"',
      'polywan.yaml:4:16: unknown policy "q" (p)',
      'profiles/fiber.yaml:3:7: mark 0x1 is outside mark_mask 0xff000000',
      'profiles/fiber.yaml:4:11: 192.0.2.1/24 has host bits (192.0.2.0/24)',
      'profiles/fiber.yaml:5:11: unknown key "fal" (fall)',
      'profiles/fiber.yaml:5:28: a timeout of 0 loses every probe',
    ]);
  });

  test('when lan names what no interface is called', () => {
    expect(diagnose(wholeSite('version: 1\nlan: [lan0, all, .+]\n'))).toEqual([
      'polywan.yaml:2:13: the kernel gives no interface the name "all"',
    ]);
  });

  test('when lan names an interface as rules name the router itself', () => {
    expect(diagnose(wholeSite('version: 1\nlan: router\n'))).toEqual([
      'polywan.yaml:2:6: "router" is the router itself: give the interface another name',
    ]);
  });

  test('but a WAN whose profile cannot be read is not called unknown', () => {
    const site = 'version: 1\npolicies: { p: { members: [{ wan: cable }] } }\n';
    expect(diagnose({ 'polywan.yaml': site, 'profiles/cable.yaml': 'name: "cable\n' })).toEqual([
      'profiles/cable.yaml:2:1: deficient indentation: a [, { or quote above it is not closed, or this is a part of it and must be indented',
    ]);
  });

  test('but a WAN whose profile has a wrong name is not called unknown', () => {
    const site = 'version: 1\npolicies: { p: { members: [{ wan: fiber }] } }\n';
    expect(
      diagnose({ 'polywan.yaml': site, 'profiles/fiber.yaml': 'name: fiber 1\ninterface: wan0\n' }),
    ).toEqual([
      'profiles/fiber.yaml:1:7: expected a name of at most 15 letters, digits, _ and -, beginning with a letter, not "fiber 1"',
    ]);
  });
});
