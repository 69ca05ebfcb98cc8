import { describe, expect, it } from 'vitest';
import { settleFamily } from '../../../src/cli/input/settle-family.ts';
import { recognize } from '../../../src/codec/recognize.ts';

const RULES =
  '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x36 lookup 36\n32766:\tfrom all lookup main\n';
const IPV4_ROUTES = 'default via 192.0.2.1 dev wan0\n';
const IPV6_ROUTES = 'default via 2001:db8::1 dev wan0\n';

function familyOfRules(...others: readonly string[]) {
  const texts = [RULES, ...others];
  const files = texts.map((text, at) => ({ file: `file${at}`, recognized: recognize(text, `file${at}`) }));
  const { files: settled, notes } = settleFamily(files);
  const [rules] = settled;
  return [
    rules !== undefined && 'family' in rules.recognized ? rules.recognized.family : undefined,
    notes.length,
  ];
}

describe('a listing of policy rules that does not say its family', () => {
  it('is of the family of the files beside it, and a note says so', () => {
    expect(familyOfRules(IPV4_ROUTES)).toEqual(['ipv4', 1]);
    expect(familyOfRules(IPV6_ROUTES)).toEqual(['ipv6', 1]);
  });

  it('is of IPv6 where they do not help: only IPv4 has the rule of table default', () => {
    expect(familyOfRules(IPV4_ROUTES, IPV6_ROUTES)).toEqual(['ipv6', 1]);
    expect(familyOfRules()).toEqual(['ipv6', 1]);
  });
});
