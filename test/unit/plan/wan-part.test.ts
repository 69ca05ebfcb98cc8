import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/plan/compile.ts';
import { namedFamilies, wanOfPart, wanPart } from '../../../src/plan/wan-part.ts';
import { machineWith, sampleSite, sampleWan } from './sample-site.ts';

describe('one family of a WAN', () => {
  it('is named with the WAN, and what is no family names nothing', () => {
    expect(wanPart('fiber', 'ipv6')).toBe('fiber/ipv6');
    expect(['fiber', 'fiber/ipv4', 'fiber/ipv5', 'fiber/', 'fiber/ipv4/x'].map(wanOfPart)).toEqual([
      'fiber',
      'fiber',
      undefined,
      undefined,
      undefined,
    ]);
    expect(namedFamilies(['cable', 'fiber/ipv6'], 'fiber')).toEqual(['ipv6']);
    expect(namedFamilies(['fiber'], 'fiber')).toEqual(['ipv4', 'ipv6']);
  });

  it('takes no new connections when it is down, and the other one does', () => {
    const families = ['ipv4', 'ipv6'] as const;
    const site = sampleSite({
      wans: ['fiber', 'cable'].map((name, at) =>
        sampleWan(name, {
          interface: `wan${at}`,
          families,
          gateway: { ipv4: { kind: 'none' }, ipv6: { kind: 'none' } },
        }),
      ),
    });
    const input = { backend: 'nftables', allocation: { slots: {} } } as const;
    const activeOf = (health: Readonly<Record<string, 'up' | 'down'>>, held = {}) => {
      const [policy] = compile(site, machineWith('wan0', 'wan1'), { ...input, health, held }).policies;
      return families.map((family) => policy?.active[family].map(({ wan }) => wan));
    };
    expect(activeOf({ fiber: 'up', 'fiber/ipv6': 'down' })).toEqual([['fiber', 'cable'], ['cable']]);
    expect(activeOf({}, { balanced: ['cable/ipv4'] })).toEqual([['fiber'], ['fiber', 'cable']]);
  });
});
