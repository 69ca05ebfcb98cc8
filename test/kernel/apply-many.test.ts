import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter, SETTLE } from './apply-router.ts';

const WANS = 40;

interface AppliedWan {
  readonly interface: string;
  readonly mark: number;
}

let router: ApplyRouter;
let bare: string;

beforeAll(() => {
  router = makeRouter();
  // Its network is the outside here.
  router.sh('ip address del 192.0.2.2/24 dev wan0');
  for (let at = 1; at <= WANS; at += 1) {
    const [own, gateway] = [4 * at + 2, 4 * at + 1];
    router.sh(
      [
        `ip link add up${at} type veth peer name isp${at}`,
        `sysctl -qw net.ipv6.conf.up${at}.addr_gen_mode=1 net.ipv6.conf.isp${at}.addr_gen_mode=1`,
        `ip link set isp${at} up`,
        `ip link set up${at} up`,
        `ip address add 203.0.113.${own}/30 dev up${at}`,
        `ip address add 2001:db8:a:${at}::2/64 dev up${at} nodad`,
      ].join('\n'),
    );
    writeFileSync(
      join(router.folder, 'profiles', `up${at}.yaml`),
      `name: up${at}\ninterface: up${at}\ngateway: { ipv4: 203.0.113.${gateway}, ipv6: "2001:db8:a:${at}::1" }\nfamilies: both\n`,
    );
  }
  mkdirSync(join(router.folder, 'root'));
  router.sh(SETTLE);
  bare = router.listing();
});

afterAll(() => router.remove());

function applyWith(numbers: readonly number[]): string {
  const members = numbers.map((at) => `{ wan: up${at} }`).join(', ');
  writeFileSync(
    join(router.folder, 'polywan.yaml'),
    [
      'version: 1',
      'lan: [lan0]',
      'backend: nftables',
      `profiles: [${numbers.map((at) => `profiles/up${at}.yaml`).join(', ')}]`,
      `policies: { all: { members: [${members}] } }`,
      'steering: [{ name: rest, policy: all }]',
      '',
    ].join('\n'),
  );
  const { code, stdout, stderr } = router.polywan(['apply']);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** By which device the kernel sends what has the mark of each WAN, in both families. */
function exits(): readonly (readonly [wanted: string, ipv4: string, ipv6: string])[] {
  const text = readFileSync(join(router.env.POLYWAN_STATE_DIR ?? '', 'applied.json'), 'utf8');
  const { wans } = JSON.parse(text) as { readonly wans: readonly AppliedWan[] };
  const ask = (family: 4 | 6, host: string) =>
    router
      .sh(
        `ip -j -${family} -batch - <<'E'\n${wans.map(({ mark }) => `route get ${host} mark ${mark}`).join('\n')}\nE`,
      )
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as readonly { readonly dev: string }[])[0]?.dev ?? '');
  const [ipv4, ipv6] = [ask(4, '192.0.2.200'), ask(6, '2001:db8:ffff::1')];
  return wans.map(({ interface: name }, at) => [name, ipv4[at] ?? '', ipv6[at] ?? '']);
}

function gotos(): readonly number[] {
  return ['-4', '-6'].map(
    (family) => router.sh(`ip ${family} rule`).match(/goto \d+(?! \[unresolved\])\b/g)?.length ?? 0,
  );
}

describe('a router with forty WANs', () => {
  const all = Array.from({ length: WANS }, (_, at) => at + 1);

  it('sends each mark out by its WAN, by rules in groups of eight', () => {
    applyWith(all);
    const found = exits();
    expect(found).toHaveLength(WANS);
    expect(found.filter(([wanted, ...seen]) => seen.some((name) => name !== wanted))).toEqual([]);
    expect(gotos()).toEqual([6, 6]);
    expect(applyWith(all)).toContain('nothing to change');
  });

  it('goes on where the first WANs of groups are taken out', () => {
    const rest = all.filter((at) => at % 8 !== 0);
    applyWith(rest);
    const found = exits();
    expect(found).toHaveLength(rest.length);
    expect(found.filter(([wanted, ...seen]) => seen.some((name) => name !== wanted))).toEqual([]);
    expect(gotos()).toEqual([5, 5]);
    expect(router.sh('ip rule; ip -6 rule')).not.toContain('unresolved');
  });

  it('has no groups with few WANs left, and nothing once they are removed', () => {
    applyWith([3, 9, 21]);
    expect(gotos()).toEqual([0, 0]);
    expect(router.polywan(['remove']).code).toBe(0);
    expect(router.listing()).toBe(bare);
  });
});
