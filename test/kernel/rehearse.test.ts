import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeHost } from '../../src/host/node.ts';
import type { Fault } from '../../src/lab/fault.ts';
import { buildLab } from '../../src/lab/lab.ts';
import { sendFlow } from '../../src/lab/send-flow.ts';
import { INTERNET, LAB } from './packets/topology.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const POLYWAN = `${ROOT}bin/polywan`;
const SITES = readdirSync(`${ROOT}profiles/sites`);

const PATIENT = { timeout: 60_000 };
/** What works answers at once on any machine; what does not is not waited for. */
const PATIENT_MS = 20_000;
const IMPATIENT_MS = 700;

/** Namespaces and directories of the labs of one process. */
function remains(pid: number): readonly string[] {
  const names = [
    ...execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).split('\n'),
    ...readdirSync('/run'),
  ];
  return names.filter((name) => name.startsWith(`pw${pid}x`));
}

/** Waits until a lab of that process is being built. */
async function labOf(pid: number): Promise<void> {
  await expect.poll(() => remains(pid).length, PATIENT).toBeGreaterThan(4);
}

describe('polywan rehearse', () => {
  it.each(SITES)('finds the example site %s as planned', (site) => {
    const run = spawnSync(POLYWAN, ['rehearse', '-c', `${ROOT}profiles/sites/${site}/polywan.yaml`], {
      encoding: 'utf8',
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('\nas planned: ');
    expect(run.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(remains(run.pid)).toEqual([]);
  });

  it('tells flows apart that rules know by MAC, DSCP and source port', () => {
    const folder = mkdtempSync(join(tmpdir(), 'polywan-rehearse-'));
    try {
      mkdirSync(join(folder, 'profiles'));
      writeFileSync(
        join(folder, 'polywan.yaml'),
        `version: 1
lan: [lan0, br+]
policies:
  both: { members: [{ wan: fiber, weight: 3 }, { wan: cable }] }
  only-cable: { members: [{ wan: cable }], last_resort: blackhole }
steering:
  - { name: voice, dscp: ef, protocol: udp, policy: only-cable }
  - { name: tv, mac: "02:00:5e:00:53:01", policy: only-cable }
  - { name: guests, in: br+, policy: only-cable }
  - { name: high, source_port: "1024-65535", protocol: tcp, source: 172.17.0.64/26, policy: only-cable }
  - { name: clock, in: router, protocol: udp, source_port: 123, policy: only-cable }
  - { name: rest, policy: both }
`,
      );
      for (const [name, device] of [
        ['fiber', 'wan0'],
        ['cable', 'wan1'],
      ])
        writeFileSync(
          join(folder, `profiles/${name}.yaml`),
          `name: ${name}\ninterface: ${device}\nfamilies: both\nsources: [172.17.0.0/16]\n`,
        );
      const words = ['rehearse', '-c', join(folder, 'polywan.yaml')];
      const { status, stdout } = spawnSync(POLYWAN, words, { encoding: 'utf8' });
      expect(stdout).not.toMatch(/error|!/);
      expect(stdout.match(/^clock ipv[46] +cable/gm)).toHaveLength(2);
      expect(stdout).toMatch(/\nweights\nboth ipv4 {2}fiber \d/);
      expect(stdout).toContain('\nas planned: ');
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('prints the same as JSON', () => {
    const words = ['rehearse', '--json', '-c', `${ROOT}profiles/sites/last-resort-unreachable/polywan.yaml`];
    const run = spawnSync(POLYWAN, words, { encoding: 'utf8' });
    const { states, asPlanned } = JSON.parse(run.stdout);
    expect(asPlanned).toBe(true);
    expect(states.map((state: { down: string[] }) => state.down.length)).toEqual([0, 1, 1, 2]);
  });

  it('warns as plan does', () => {
    const folder = mkdtempSync(join(tmpdir(), 'polywan-rehearse-'));
    try {
      const site = join(folder, 'polywan.yaml');
      writeFileSync(
        site,
        `version: 1
lan: [lan0]
profiles: [fiber.yaml]
policies: { all: { members: [{ wan: fiber }] } }
steering:
  - { name: tv, domain: example.org, policy: all }
  - { name: rest, policy: all }
`,
      );
      writeFileSync(join(folder, 'fiber.yaml'), 'name: fiber\ninterface: wan0\n');
      const run = (...words: readonly string[]) =>
        spawnSync(POLYWAN, ['rehearse', '-c', site, ...words], { encoding: 'utf8' });
      expect(run()).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(/^\S+polywan\.yaml:6: warning: steering by domain needs dnsmasq .*\n$/),
      });
      const { stdout, stderr } = run('--json');
      expect(stderr).toBe('');
      expect(JSON.parse(stdout).warnings).toMatchObject([{ file: site, line: 6 }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses a site that is not there, and a user who is not root', () => {
    expect(spawnSync(POLYWAN, ['rehearse', '-c', '/nonexistent/polywan.yaml']).status).toBe(2);
    const site = `${ROOT}profiles/sites/home/polywan.yaml`;
    const words = ['--reuid=65534', '--clear-groups', POLYWAN, 'rehearse', '-c', site];
    const run = spawnSync('setpriv', words, { encoding: 'utf8' });
    expect(run).toMatchObject({
      status: 3,
      stderr: 'polywan: rehearse makes network namespaces, which needs root\n',
    });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('takes its lab down on %s', async (signal) => {
    const site = `${ROOT}profiles/sites/home/polywan.yaml`;
    const child = spawn(POLYWAN, ['rehearse', '-c', site], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    const ended = new Promise((done) => child.on('exit', (code) => done(code)));
    await labOf(pid);
    child.kill(signal);
    expect(await ended).toBe(3);
    expect(remains(pid)).toEqual([]);
  });

  it('takes away what a killed one left, the next time', async () => {
    const words = ['rehearse', '-c', `${ROOT}profiles/sites/last-resort-main/polywan.yaml`];
    const child = spawn(POLYWAN, words, { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    const ended = new Promise((done) => child.on('exit', done));
    await labOf(pid);
    child.kill('SIGKILL');
    await ended;
    expect(remains(pid).length).toBeGreaterThan(4);
    expect(spawnSync(POLYWAN, words).status).toBe(0);
    expect(remains(pid)).toEqual([]);
  });
});

describe("the lab's faults", () => {
  const FAULTS: readonly (readonly [Fault, { readonly gateway: boolean; readonly internet: boolean }])[] = [
    [{ kind: 'carrier-down' }, { gateway: false, internet: false }],
    [{ kind: 'blackhole' }, { gateway: false, internet: false }],
    [{ kind: 'upstream-down' }, { gateway: true, internet: false }],
    [{ kind: 'no-internet' }, { gateway: true, internet: false }],
    [
      { kind: 'loss', percent: 100 },
      { gateway: true, internet: false },
    ],
    [
      { kind: 'loss', percent: 0 },
      { gateway: true, internet: true },
    ],
  ];

  it('cut what they say, and are undone', async () => {
    const lab = await buildLab(nodeHost(), LAB, { agent: [process.execPath, `${ROOT}dist/agent.cjs`] });
    const ping = async (works: boolean): Promise<boolean> => {
      const words = ['-n', '-c', '2', '-i', '0.2', '-W', works ? '20' : '1', '198.51.100.1'];
      return (await lab.exec('router', 'ping', words)).code === 0;
    };
    const connect = async (family: 'ipv4' | 'ipv6', works: boolean): Promise<boolean> => {
      const timeoutMs = works ? PATIENT_MS : IMPATIENT_MS;
      const destination = INTERNET[family === 'ipv4' ? 0 : 1];
      const flow = { family, in: 'router', destination, protocol: 'tcp', destinationPort: 443 };
      return (await sendFlow(lab, flow, { count: 1, timeoutMs })).exits.fiber === 1;
    };
    try {
      for (const [fault, works] of FAULTS) {
        await lab.cut('fiber', fault);
        const [gateway, four, six] = await Promise.all([
          ping(works.gateway),
          connect('ipv4', works.internet),
          connect('ipv6', works.internet),
        ]);
        expect({ fault, gateway, four, six }).toEqual({
          fault,
          gateway: works.gateway,
          four: works.internet,
          six: works.internet,
        });
        await lab.mend('fiber');
        // A kernel that has asked for its gateway in vain for three seconds keeps IPv6 from it for a minute.
        await lab.exec('router', 'ip', ['neigh', 'flush', 'nud', 'failed', 'nud', 'incomplete']);
        const back = await Promise.all([connect('ipv4', true), connect('ipv6', true), ping(true)]);
        expect([fault, ...back]).toEqual([fault, true, true, true]);
      }
    } finally {
      await lab.tearDown();
    }
  });
});
