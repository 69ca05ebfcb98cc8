import { describe, expect, test } from 'vitest';
import {
  profileTemplate,
  siteTemplate,
  type TemplateInput,
  type WanCandidate,
  wanNames,
} from '../../../src/config/template.ts';
import { diagnose, readFiles } from './diagnose.ts';

const FOUND: readonly WanCandidate[] = [
  {
    interface: 'wan0',
    families: ['ipv4', 'ipv6'],
    gateways: { ipv4: '192.0.2.1' },
    kind: 'dynamic',
    metered: false,
  },
  {
    interface: 'eth1.35',
    families: ['ipv4', 'ipv6'],
    gateways: { ipv4: '198.51.100.1', ipv6: '2001:db8::1' },
    kind: 'static',
    metered: false,
  },
  { interface: 'wwan0', families: ['ipv4'], gateways: {}, kind: 'point-to-point', metered: true },
];

function written(input: TemplateInput): Record<string, string> {
  const names = wanNames(input.wans);
  const profiles = input.wans.map((wan) => [
    `profiles/${names.get(wan.interface)}.yaml`,
    profileTemplate(wan, input),
  ]);
  return { 'polywan.yaml': siteTemplate(input), ...Object.fromEntries(profiles) };
}

describe('what init writes', () => {
  test('reads back as a site of the WANs that were found', () => {
    const files = written({ wans: FOUND, lan: ['lan0', 'br-guest'] });
    expect(diagnose(files)).toEqual([]);
    expect(readFiles(files).site).toMatchObject({
      lan: ['lan0', 'br-guest'],
      wans: [
        { name: 'wan0', gateway: { ipv4: { kind: 'auto' } }, families: ['ipv4', 'ipv6'] },
        {
          name: 'eth1-35',
          interface: 'eth1.35',
          gateway: { ipv6: { kind: 'address', address: '2001:db8::1' } },
        },
        { name: 'wwan0', gateway: { ipv4: { kind: 'none' } }, metered: true },
      ],
      policies: [
        {
          members: [
            { wan: 'wan0', tier: 1 },
            { wan: 'eth1-35', tier: 1 },
            { wan: 'wwan0', tier: 2 },
          ],
        },
      ],
      steering: [{ name: 'rest', policy: 'balanced' }],
    });
  });

  test('translates IPv6 where several ISPs carry it, each of which drops what is another’s', () => {
    const natOf = (wans: readonly WanCandidate[]) =>
      readFiles(written({ wans, lan: ['lan0'] })).site?.wans.map(({ nat }) =>
        Object.entries(nat).flatMap(([family, { kind }]) => (kind === 'none' ? [] : [family])),
      );
    const [wan0, wan1, modem] = FOUND as [WanCandidate, WanCandidate, WanCandidate];
    expect(natOf([wan0, modem])).toEqual([['ipv4'], ['ipv4']]);
    expect(natOf([wan0, wan1, modem])).toEqual([['ipv4', 'ipv6'], ['ipv4', 'ipv6'], ['ipv4']]);
    expect(natOf([{ ...wan0, families: ['ipv6'] }, wan1])).toEqual([['ipv6'], ['ipv4', 'ipv6']]);
  });

  test('reads back when nothing is inside yet, or all is IPv6', () => {
    const wan: WanCandidate = {
      interface: '6in4',
      families: ['ipv6'],
      gateways: {},
      kind: 'static',
      metered: true,
    };
    const files = written({ wans: [wan], lan: [] });
    expect(diagnose(files)).toEqual([]);
    expect(readFiles(files).site?.wans[0]).toMatchObject({ name: 'w6in4', families: ['ipv6'] });
  });

  test('gives each WAN a name of its own, and none that means something else', () => {
    const devices = ['wan.1', 'wan-1', 'wan@1', 'wan-1-2', 'abcdefghijklm.1', 'abcdefghijklm-1', 'main'];
    const [first] = FOUND as [WanCandidate];
    const wans = devices.map((device): WanCandidate => ({ ...first, interface: device }));
    const files = written({ wans, lan: ['lan0'] });
    expect(diagnose(files)).toEqual([]);
    expect(readFiles(files).site?.wans.map((wan) => [wan.interface, wan.name])).toEqual([
      ['wan.1', 'wan-1'],
      ['wan-1', 'wan-1-2'],
      ['wan@1', 'wan-1-3'],
      ['wan-1-2', 'wan-1-2-2'],
      ['abcdefghijklm.1', 'abcdefghijklm-1'],
      ['abcdefghijklm-1', 'abcdefghijklm-2'],
      ['main', 'main-2'],
    ]);
  });

  test('writes interface names with quotes and backslashes so that they are refused by their place', () => {
    const [first] = FOUND as [WanCandidate];
    const files = written({ wans: [{ ...first, interface: 'w"a\\n' }], lan: ['l"an'] });
    expect(diagnose(files)).toEqual([
      expect.stringMatching(/^polywan\.yaml:\d+:\d+: expected an interface name .*, not "l"an"$/),
      expect.stringMatching(/^profiles\/w-a-n\.yaml:\d+:\d+: expected an interface name .*, not "w"a\\n"$/),
    ]);
  });

  test('is right in its comments too: each commented line can be switched on', () => {
    const files = written({ wans: FOUND, lan: ['lan0'] });
    for (const [path, text] of Object.entries(files)) {
      const on = text
        .replace(/^(\s*)# (- \{ name: nas.*|[a-z_]+: .*)$/gm, '$1$2')
        .replace(/^masquerade: no$/m, 'masquerade: ipv4');
      expect(on).not.toBe(text);
      expect(diagnose({ ...files, [path]: on })).toEqual([]);
    }
  });

  test('tells editors where the schemas are when they are known', () => {
    const schemas = { site: '/usr/share/polywan/site.json', profile: '/usr/share/polywan/profile.json' };
    const files = written({ wans: FOUND, lan: [], schemas });
    expect(files['polywan.yaml']?.split('\n')[0]).toBe(
      '# yaml-language-server: $schema=/usr/share/polywan/site.json',
    );
    expect(files['profiles/wan0.yaml']?.split('\n')[0]).toBe(
      '# yaml-language-server: $schema=/usr/share/polywan/profile.json',
    );
  });
});
