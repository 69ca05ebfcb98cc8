import { describe, expect, it } from 'vitest';
import { forwardReplyByOtherWan } from '../../../../src/lint/checks/forward-reply-by-other-wan.ts';
import { type Files, findings } from '../machine-of.ts';
import { nat, ROLES } from './parts.ts';

describe('forward-reply-by-other-wan', () => {
  const NAT = nat(
    '-A PREROUTING -i wan1 -p tcp -m tcp --dport 22 -j DNAT --to-destination 172.17.0.2',
    '-A PREROUTING -i wan1 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.3',
  );
  const ROUTES = `default via 192.0.2.1 dev wan0
172.17.0.0/16 dev lan0 scope link
192.0.2.0/24 dev wan0 scope link
198.51.100.0/24 dev wan1 scope link
default via 198.51.100.1 dev wan1 table 101
`;
  const RULES = (more = '') =>
    `0:	from all lookup local\n${more}32766:	from all lookup main\n32767:	from all lookup default\n`;
  const stray = (files: Files) =>
    findings(forwardReplyByOtherWan, { 'rules.v4': NAT, 'routes.txt': ROUTES, ...files }, ROLES);

  it('one finding for all forwards of an uplink, with the flow that shows it', () => {
    const [found, ...others] = stray({ 'rules.txt': RULES() });
    expect(others).toEqual([]);
    expect(found?.key).toBe('ipv4 wan1 wan0');
    expect(found?.flow?.packets.map(({ name, exit }) => `${name} ${exit}`)).toEqual(['P1 lan0', 'R wan0']);
    expect(found?.message).toContain('and of 1 more forwards');
  });

  it('without policy rules it says that it took the ones every kernel has', () => {
    expect(stray({})[0]?.assumed).toEqual([
      'policy rules were not given: taken to be those every kernel has',
    ]);
    expect(findings(forwardReplyByOtherWan, { 'rules.v4': NAT }, ROLES)).toEqual([]);
  });

  it('replies that leave by two other uplinks go astray by both', () => {
    const both = ROUTES.replace(
      'default via 192.0.2.1 dev wan0',
      'default nexthop via 203.0.113.1 dev wan2 nexthop via 192.0.2.1 dev wan0',
    );
    const files = {
      'rules.v4': NAT,
      'rules.txt': RULES(),
      'routes.txt': `${both}203.0.113.0/24 dev wan2 scope link\n`,
    };
    const [found] = findings(forwardReplyByOtherWan, files, { ...ROLES, wan: ['wan0', 'wan1', 'wan2'] });
    expect(found?.message).toMatch(/leave by wan0 or wan2, not by wan1 where the connection came in$/);
  });

  it('replies of which some leave by the right uplink are no finding', () => {
    const both = ROUTES.replace(
      'default via 192.0.2.1 dev wan0',
      'default nexthop via 198.51.100.1 dev wan1 nexthop via 192.0.2.1 dev wan0',
    );
    expect(stray({ 'rules.txt': RULES(), 'routes.txt': both })).toEqual([]);
  });

  it('a policy rule for a port of services leaves the replies where they go astray', () => {
    const other = '100:	from all iif lan0 ipproto tcp dport 443 lookup 101\n';
    expect(stray({ 'rules.txt': RULES(other) })).toHaveLength(1);
  });

  it('a rule for the server inside, or for its network, sends the reply the right way', () => {
    const cured =
      '32000:	from 172.17.0.0/16 lookup main suppress_prefixlength 0\n32001:	from 172.17.0.0/16 iif lan0 lookup 101\n';
    expect(stray({ 'rules.txt': RULES(cured) })).toEqual([]);
  });

  it('a forward of an address is followed by the uplink whose address it is, as the routes tell', () => {
    const forward = (address: string) =>
      nat(`-A PREROUTING -d ${address}/32 -p tcp -m tcp --dport 22 -j DNAT --to-destination 172.17.0.2`);
    const own =
      'local 192.0.2.2 dev wan0 table local scope host\nlocal 198.51.100.2 dev wan1 table local scope host\n';
    const by = (address: string) =>
      stray({ 'rules.v4': forward(address), 'rules.txt': RULES(), 'routes.txt': ROUTES + own });
    expect(by('192.0.2.2')).toEqual([]);
    expect(by('198.51.100.2').map(({ key }) => key)).toEqual(['ipv4 wan1 wan0']);
  });
});
