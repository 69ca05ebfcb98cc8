import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IpSession, openIpSession } from '../../src/apply/ip-session.ts';
import { nodeHost } from '../../src/host/node.ts';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
});
afterAll(() => router?.remove());

/** In the router's namespace. */
function session(): IpSession {
  const host = nodeHost();
  const converse: typeof host.converse = (program, args, env) =>
    host.converse('ip', ['netns', 'exec', router.name, program, ...args], env);
  return openIpSession({ ...host, converse }, 'ipv4');
}

describe('one ip that stays', () => {
  it('answers each of those who ask before the others are answered', async () => {
    const ip = session();
    const devices = ['lo', 'wan0', 'wan1', 'lan0'];
    const answers = await Promise.all(devices.map((name) => ip.ask([`link show dev ${name}`, 'rule show'])));
    const shown = answers.map(([link, rules]) => [
      JSON.parse(link ?? '')[0].ifname.replace(/@.*/, ''),
      JSON.parse(rules ?? '').length,
    ]);
    expect(shown).toEqual(devices.map((name) => [name, 3]));
    ip.close();
  });

  it('answers the next when one was refused, by another ip', async () => {
    const ip = session();
    const refused = ip.ask(['link show dev none']);
    const next = ip.ask(['link show dev lo']);
    await expect(refused).rejects.toThrow('none');
    expect((await next).join('')).toContain('"lo"');
    ip.close();
  });

  it.each([
    [['rule add priority 9 what 5', 'rule show'], 'ip -4 rule add priority 9 what 5 (or a line behind it)'],
    [['rule del priority 9 what 5'], 'ip -4 rule del priority 9 what 5:'],
  ])(
    'names the first line, not the one it sends last, where ip does not know a word in %j',
    async (lines, named) => {
      const ip = session();
      await expect(ip.change(lines, true)).rejects.toThrow(named);
      ip.close();
    },
  );

  it('is not asked without end where it cannot even start', async () => {
    const host = nodeHost();
    const converse: typeof host.converse = () =>
      host.converse('sh', ['-c', 'echo "libelf.so.1: No such file or directory" >&2; exit 127']);
    const ip = openIpSession({ ...host, converse }, 'ipv4');
    await expect(ip.change(['route del default table 8701'], true)).rejects.toThrow('libelf');
  });

  it('tells routes by the names their devices have now, two that exchanged theirs among them', async () => {
    const ip = session();
    const ask = async () => {
      const [, routes] = await ip.ask(['link show', 'route show proto 99']);
      return JSON.parse(routes ?? '').map(({ dst, dev }: { dst: string; dev: string }) => [dst, dev]);
    };
    const up = (...names: readonly string[]) =>
      router.sh(
        names
          .map((name, at) => `ip link set ${name} up; ip route add 10.9.${at}.0/24 dev ${name} proto 99`)
          .join('; '),
      );
    up('wan0', 'wan1');
    expect(await ask()).toEqual([
      ['10.9.0.0/24', 'wan0'],
      ['10.9.1.0/24', 'wan1'],
    ]);
    const rename = (from: string, to: string) => `ip link set ${from} down; ip link set ${from} name ${to}`;
    router.sh([rename('wan0', 'none'), rename('wan1', 'wan0'), rename('none', 'wan1')].join('; '));
    up('wan1', 'wan0');
    expect(await ask()).toEqual([
      ['10.9.0.0/24', 'wan1'],
      ['10.9.1.0/24', 'wan0'],
    ]);
    await ip.change(['route add 10.9.2.0/24 dev wan0 protocol 99']);
    expect(router.sh('ip route show proto 99')).toContain('10.9.2.0/24 dev wan0');
    ip.close();
  });

  it('is not started again by who still waited when it was closed', async () => {
    const ip = session();
    const [first, second] = [ip.ask(['rule show']), ip.ask(['rule show'])];
    ip.close();
    expect(await first).toHaveLength(1);
    await expect(second).rejects.toThrow();
  });
});
