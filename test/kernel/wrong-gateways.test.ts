import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
  router.sh('ip address add fe80::2/64 dev wan0 nodad; ip address add fe80::3/64 dev wan1 nodad');
  router.writeSite({ backend: 'auto' });
});

afterEach(() => router.remove());

function applyWith(gateways: string) {
  const profile = `name: fiber\ninterface: wan0\ngateway: { ${gateways} }\nfamilies: both\nmasquerade: yes\n`;
  writeFileSync(join(router.folder, 'profiles', 'fiber.yaml'), profile);
  return router.polywan(['apply']);
}

/** Of the way polywan would write it. */
function takesRoute(family: 4 | 6, gateway: string, onlink: boolean): boolean {
  const line = `ip -${family} route add default via ${gateway} dev wan0 table 77 ${onlink ? 'onlink' : ''}`;
  return router.sh(`${line} 2>/dev/null && echo yes || true`).includes('yes');
}

describe('a gateway that cannot be one is told, and the rest comes up:', () => {
  it.each([
    ['203.0.113.1', 'is an address of this router itself, by lan0', true],
    ['198.51.100.255', 'is the broadcast address by wan1', true],
    ['192.0.2.255', 'is the broadcast address by wan0', false],
  ])('%s %s', (gateway, why, onlink) => {
    expect(takesRoute(4, gateway, onlink)).toBe(false);
    const { code, stderr } = applyWith(`ipv4: ${gateway}, ipv6: "2001:db8:1::1"`);
    expect(stderr).toContain(
      `fiber.yaml:1: warning: WAN fiber: its gateway ${gateway} ${why}; its IPv4 is left out`,
    );
    expect(code).toBe(0);
    expect(router.sh('ip route show table 8702')).toContain('via 198.51.100.1');
    expect(router.sh('ip -6 route show table 8701')).toContain('via 2001:db8:1::1');
    expect(router.polywan(['plan', '--exit-code']).code).toBe(0);
  });

  it.each([
    ['2001:db8:1::2', 'is an address of this router itself, by wan0', false],
    ['2001:db8:3::1', 'is an address of this router itself, by lan0', true],
    ['fe80::2', 'is an address of this router itself, by wan0', false],
    ['2001:db8:2::9', 'lies in 2001:db8:2::/64, which is by wan1', true],
  ])('%s %s', (gateway, why, onlink) => {
    expect(takesRoute(6, gateway, onlink)).toBe(false);
    const { code, stderr } = applyWith(`ipv4: 192.0.2.1, ipv6: "${gateway}"`);
    expect(stderr).toContain(
      `fiber.yaml:1: warning: WAN fiber: its gateway ${gateway} ${why}; its IPv6 is left out`,
    );
    expect(code).toBe(0);
    expect(router.sh('ip -6 route show table 8702')).toContain('via 2001:db8:2::1');
    expect(router.sh('ip route show table 8701')).toContain('via 192.0.2.1');
  });

  // The kernel takes it, and asks for every address outside by ARP.
  it('192.0.2.2 is an address of this router itself, by wan0', () => {
    expect(takesRoute(4, '192.0.2.2', false)).toBe(true);
    const { code, stderr } = applyWith('ipv4: 192.0.2.2');
    expect(stderr).toContain('its gateway 192.0.2.2 is an address of this router itself, by wan0');
    expect(code).toBe(0);
  });
});

it.each([
  [4, '203.0.113.9', true, 'ipv4: 203.0.113.9'],
  [6, 'fe80::3', false, 'ipv6: "fe80::3"'],
  [6, '2001:db8:9::1', true, 'ipv6: "2001:db8:9::1"'],
] as const)('by IPv%s %s may be one: the kernel takes it', (family, gateway, onlink, text) => {
  expect(takesRoute(family, gateway, onlink)).toBe(true);
  const { code, stderr } = applyWith(text);
  expect(stderr).not.toContain('its gateway');
  expect(code).toBe(0);
  expect(router.sh(`ip -${family} route show table 8701`)).toContain(`via ${gateway}`);
});
