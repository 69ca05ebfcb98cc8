import { describe, expect, it } from 'vitest';
import { TableNames } from '../../../src/codec/ip-names.ts';
import { readRouteText } from '../../../src/codec/ip-route-text.ts';
import { readPolicyRuleText } from '../../../src/codec/ip-rule-text.ts';
import { policyRuleWords, routeWords } from '../../../src/kernel/routing-words.ts';

const names = new TableNames();

describe('a policy rule in words', () => {
  it.each([
    '0: from all lookup local',
    '10001: not from all iif lo goto 10003',
    '10002: from 192.0.2.0/24 to 198.51.100.4 oif wan0 lookup 8701',
    '11001: from all fwmark 0x1000000/0xff000000 lookup 8701',
    '11002: not from 192.0.2.0/24 tos 0x10 iif lan0 uidrange 0-3 ipproto tcp sport 5 dport 6-8 lookup main suppress_prefixlength 0',
    '11003: from all lookup 7 suppress_ifgroup 4',
    '12001: from all unreachable',
  ])('is the line it was read from: %s', (line) => {
    const { policyRules, problems } = readPolicyRuleText('ipv4', line, 'ip rule', names);
    expect(problems).toEqual([]);
    expect(policyRules.map((rule) => policyRuleWords(rule))).toEqual([line]);
  });
});

describe('a route in words', () => {
  it.each([
    'default via 192.0.2.1 dev wan0 table 8701',
    'default via 192.0.2.1 dev wan0 onlink table 8701 src 192.0.2.7 metric 100 mtu 1400',
    'default via inet6 2001:db8::1 dev wan0 table 8701',
    '198.51.100.0/24 dev wan1 table main',
    'unreachable default table 8701 metric 1024',
    'default table 8701 nexthop via 192.0.2.1 dev wan0 weight 3 nexthop via 198.51.100.1 dev wan1 weight 1',
  ])('is the line it was read from: %s', (line) => {
    const { routes, problems } = readRouteText('ipv4', line, 'ip route', names);
    expect(problems).toEqual([]);
    expect(routes.map(routeWords)).toEqual([line]);
  });
});
