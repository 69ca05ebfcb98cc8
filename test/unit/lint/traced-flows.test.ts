import { describe, expect, it } from 'vitest';
import { tracedWays } from '../../../src/lint/routes/traced-flows.ts';
import { type Files, machineOf } from './machine-of.ts';

const MARKS = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i lan0 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
COMMIT
`;
const RULES = `0:	from all lookup local
100:	from all fwmark 0x1/0xff lookup 101
32766:	from all lookup main
`;
const ROUTES_IPV4 = `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2
192.168.1.0/24 dev lan0 proto kernel scope link src 192.168.1.1
default via 198.51.100.1 dev wan1 table 101
`;
const ROUTES_IPV6 = `default via fe80::1 dev wan0 metric 1024
2001:db8:1::/64 dev wan0 proto kernel metric 256
local 2001:db8:1::2 dev wan0 table local proto kernel metric 0
2001:db8:2::/64 dev wan1 proto kernel metric 256
local 2001:db8:2::2 dev wan1 table local proto kernel metric 0
2001:db8:3::/64 dev lan0 proto kernel metric 256
default via fe80::2 dev wan1 table 101 metric 1024
`;
const IPV4: Files = { 'rules.v4': MARKS, 'rules.txt': RULES, 'routes.txt': ROUTES_IPV4 };
const IPV6: Files = { 'rules.v6': MARKS, 'rules-v6.txt': RULES, 'routes-v6.txt': ROUTES_IPV6 };

/** The interfaces that followed flows come in by. */
function waysIn(files: Files, quick: boolean): readonly string[] {
  const machine = machineOf(files, { wan: ['wan0', 'wan1'], lan: ['lan0'] });
  const ways = tracedWays(quick ? { ...machine, quick: true } : machine);
  return [...new Set(ways.map(({ flow }) => `${flow.family} ${flow.in}`))].sort();
}

describe.each([
  ['ipv4', IPV4],
  ['ipv6', IPV6],
])('flows of %s between inside, outside and the router', (family, files) => {
  const everywhere = [`${family} lan0`, `${family} wan0`, `${family} wan1`];

  it('are followed from everywhere, by who is in a hurry as well', () => {
    expect(waysIn(files, false)).toEqual(everywhere);
    expect(waysIn(files, true)).toEqual(everywhere);
  });

  it('come from no interface without a network, of which a host would be made up', () => {
    const less = Object.entries(files).map(([name, text]) => [name, text.replace(/^.* dev lan0.*\n/m, '')]);
    const outside = everywhere.slice(1);
    expect(waysIn(Object.fromEntries(less), false)).toEqual(outside);
    expect(waysIn(Object.fromEntries(less), true)).toEqual(outside);
  });
});
