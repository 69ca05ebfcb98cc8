import { describe, expect, it } from 'vitest';
import { formatMonitorStatus } from '../../../src/cli/format/monitor-status.ts';
import { parseListenAddress } from '../../../src/cli/monitor/listen-address.ts';
import type { RunOptions } from '../../../src/host/host.ts';
import { HostError } from '../../../src/host/host.ts';
import type { MonitorStatus, WanStatus } from '../../../src/monitor/control/monitor-status.ts';
import type { Transition } from '../../../src/monitor/health/state.ts';
import { hookRunner } from '../../../src/monitor/hooks/run-hooks.ts';
import type { LogEntry } from '../../../src/monitor/log/log-entry.ts';
import { logKeeper, readLog } from '../../../src/monitor/log/log-file.ts';
import { compile } from '../../../src/plan/compile.ts';
import { machineWith, sampleSite, sampleWan } from '../plan/sample-site.ts';
import { fakeFiles, fakeHost } from './fake-host.ts';

const NOW = 10_000_000;

function wan(name: string, changes: Partial<WanStatus> = {}): WanStatus {
  return {
    name,
    interface: 'wan0',
    health: 'up',
    sinceMs: NOW - 3_600_000,
    used: true,
    admin: 'auto',
    families: { ipv4: { addresses: ['192.0.2.2'], gateway: '192.0.2.1' } },
    familyHealth: {},
    waiting: [],
    probes: [],
    ...changes,
  };
}

function statusOf(...wans: readonly WanStatus[]): MonitorStatus {
  return { pid: 42, sinceMs: NOW - 90_000, siteFile: 'polywan.yaml', wans, policies: [], transitions: [] };
}

const BOTH = { ipv4: { addresses: [], gateway: null }, ipv6: { addresses: [], gateway: null } };

describe('status of the monitor, in 80 columns', () => {
  const status: MonitorStatus = {
    ...statusOf(
      wan('fiber', {
        families: BOTH,
        health: 'degraded',
        cause: 'upstream',
        familyHealth: {
          ipv4: { health: 'up', sinceMs: NOW },
          ipv6: { health: 'down', cause: 'upstream', sinceMs: NOW - 20_000, dampedUntilMs: NOW + 300_000 },
        },
        probes: [
          {
            probe: 'ping 203.0.113.1',
            verdict: 'well',
            lossPercent: 0,
            rttMs: 12.3,
            jitterMs: 0.4,
            history: '....................',
          },
          {
            probe: 'ping 2001:db8::1',
            verdict: 'silence',
            lossPercent: 100,
            history: '!!!!!!!!!!!!!!!!!!!!',
          },
          { probe: 'arp', verdict: 'cannot measure', history: '' },
        ],
      }),
      wan('cable', {
        families: BOTH,
        waiting: [
          { policy: 'balanced', backAtMs: NOW + 40_000, families: ['ipv4', 'ipv6'] },
          { policy: 'web', backAtMs: null, families: ['ipv6'] },
        ],
      }),
      wan('lte', { health: 'down', used: false, admin: 'down', cause: 'admin' }),
    ),
    transitions: [{ wan: 'fiber', from: 'up', to: 'degraded', cause: 'upstream', atMs: NOW - 20_000 }],
  };
  const text = formatMonitorStatus(status, NOW, 80);

  it('has a line for each WAN, for a family that is down alone, and says who waits for how long', () => {
    expect(text).toMatchInlineSnapshot(`
      "monitor (pid 42) watches for 1m

      health
      wan         health    for    cause     new connections
      fiber       degraded  1h 0m  upstream  yes
      fiber/ipv6  down      20s    upstream  no; held back for 5m, as it flapped
      cable       up        1h 0m            yes; balanced: back in 40s; web: ipv6
                                             back when it is needed
      lte         down      1h 0m  admin     no; an administrator says down

      probes
      wan    loss  rtt      jitter  latest                probe
      fiber  0%    12.3 ms  0.4 ms  ....................  ping 203.0.113.1
      fiber  100%                   !!!!!!!!!!!!!!!!!!!!  ping 2001:db8::1 (silence)
      fiber  –                                            arp (cannot measure)

      latest transitions
      20s ago  fiber  up → degraded (upstream)
      "
    `);
  });

  it('is nowhere wider', () => {
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('names the WAN that is likeliest to return when none is well', () => {
    expect(formatMonitorStatus({ ...status, leastBad: 'lte' }, NOW, 80)).toContain(
      'no WAN is well; the likeliest to return is lte\n',
    );
  });
});

describe('where Prometheus is answered', () => {
  it.each([
    ['127.0.0.1:9765', '127.0.0.1', 9765],
    ['[::1]:9765', '::1', 9765],
    ['0.0.0.0:65535', '0.0.0.0', 65_535],
  ])('%s', (where, address, port) => {
    expect(parseListenAddress(where)).toEqual({ address, port });
  });

  it.each(['', '9765', ':9765', '127.0.0.1:', '127.0.0.1:0', '127.0.0.1:65536', '::1:9765', 'host:80'])(
    'not at %o',
    (where) => {
      expect(() => parseListenAddress(where)).toThrow('--metrics needs an address and a port');
    },
  );
});

describe('hooks', () => {
  const site = {
    ...sampleSite({
      wans: [
        sampleWan('fiber', { interface: 'wan0', hooks: { up: '/hooks/up', down: '/hooks/down' } }),
        sampleWan('cable', { interface: 'wan1' }),
      ],
    }),
    hooks: { down: 'logger down' },
  };
  const input = { backend: 'nftables', health: {}, allocation: { slots: {} } } as const;
  const plan = compile(site, machineWith('wan0', 'wan1'), input);
  const status = statusOf(wan('fiber', { health: 'down' }), wan('cable'));

  interface Run {
    readonly line: string;
    readonly options: RunOptions;
  }

  /** What is run for transitions that come at once; each run ends as `outcome` says. */
  async function runsOf(
    transitions: readonly Transition[],
    outcome: { readonly code: number; readonly stderr?: string; readonly timedOut?: true } = { code: 0 },
  ) {
    const runs: Run[] = [];
    const complaints: string[] = [];
    const host = fakeHost({
      run: async (program, [option = '', line = ''], options = {}) => {
        expect([program, option]).toEqual(['sh', '-c']);
        runs.push({ line, options });
        return { stdout: '', stderr: '', ...outcome };
      },
    });
    const hooks = hookRunner(host, (message) => complaints.push(message));
    for (const transition of transitions) hooks.run(transition, plan, status);
    expect(runs.length).toBeLessThanOrEqual(1);
    for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
    return { runs, lines: runs.map(({ line }) => line), complaints };
  }

  const change = (name: string, from: Transition['from'], to: Transition['to']): Transition => {
    return { wan: name, from, to, at: 0, cause: 'upstream' };
  };

  it('of the WAN run before those of the site, with what happened in environment and on stdin', async () => {
    const { runs, lines } = await runsOf([change('fiber', 'up', 'down')]);
    expect(lines).toEqual(['/hooks/down', 'logger down']);
    expect(runs[0]?.options.env).toEqual({
      POLYWAN_WAN: 'fiber',
      POLYWAN_INTERFACE: 'wan0',
      POLYWAN_TABLE: '8701',
      POLYWAN_MARK: '0x1000000/0xff000000',
      POLYWAN_FROM: 'up',
      POLYWAN_TO: 'down',
      POLYWAN_CAUSE: 'upstream',
      POLYWAN_UP: 'cable',
      POLYWAN_DEGRADED: '',
      POLYWAN_DOWN: 'fiber',
      POLYWAN_UNKNOWN: '',
    });
    expect(JSON.parse(runs[0]?.options.input ?? '')).toEqual(status);
    expect(runs[0]?.options.timeoutMs).toBe(30_000);
  });

  it.each([
    ['up', 'down', ['/hooks/down', 'logger down']],
    ['unknown', 'down', ['/hooks/down', 'logger down']],
    ['down', 'up', ['/hooks/up']],
    ['down', 'degraded', ['/hooks/up']],
    ['unknown', 'up', ['/hooks/up']],
    ['up', 'degraded', []],
    ['degraded', 'up', []],
    ['up', 'unknown', []],
  ] as const)('from %s to %s: %j', async (from, to, expected) => {
    expect((await runsOf([change('fiber', from, to)])).lines).toEqual(expected);
  });

  it('that fail or hang are complained of by name', async () => {
    const failed = await runsOf([change('fiber', 'down', 'up')], { code: 3, stderr: 'one\nno modem\n' });
    expect(failed.complaints).toEqual(['hook /hooks/up ended with code 3: no modem']);
    const hung = await runsOf([change('fiber', 'down', 'up')], { code: 1, timedOut: true });
    expect(hung.complaints).toEqual(['hook /hooks/up took longer than 30 s and was ended']);
  });

  it('wait for one another, up to sixteen; those beyond are left out and told', async () => {
    const many = Array.from({ length: 20 }, () => change('fiber', 'down', 'up'));
    const { lines, complaints } = await runsOf(many);
    expect(lines).toHaveLength(16);
    expect(complaints).toEqual(Array(4).fill('hook /hooks/up was left out: 16 hooks are waiting'));
  });
});

describe('the log', () => {
  const entry = (atMs: number): LogEntry => ({
    atMs,
    kind: 'started',
    priority: 'info',
    text: 'x'.repeat(1000),
  });

  it('keeps the newest in two files of half a megabyte, oldest first', () => {
    const files = new Map<string, string>();
    const host = fakeHost(fakeFiles(files));
    const complaints: string[] = [];
    const keep = logKeeper(host, (message) => complaints.push(message));
    for (let at = 0; at < 2000; at += 1) keep(entry(at));
    expect(complaints).toEqual([]);
    expect([...files.values()].every((text) => text.length < 530_000)).toBe(true);
    expect(files.size).toBe(2);
    const times = readLog(host).map(({ atMs }) => atMs);
    expect(times.length).toBeGreaterThan(500);
    expect(times).toEqual(Array.from({ length: times.length }, (_, at) => 2000 - times.length + at));
  });

  it('goes on where there was no room, and says once that it has a gap', () => {
    const { appendFile, ...others } = fakeFiles(new Map());
    let isFull = false;
    const host = fakeHost({
      ...others,
      appendFile: (path, text, mode) => {
        // What there was room for is written.
        appendFile?.(path, isFull ? text.slice(0, 7) : text, mode);
        if (isFull) throw new HostError('ENOSPC', path, `${path}: no space is left there`);
      },
    });
    const complaints: string[] = [];
    const keep = logKeeper(host, (message) => complaints.push(message));
    for (const [at, full] of [false, true, true, false].entries()) {
      isFull = full;
      keep(entry(at));
    }
    expect(complaints).toEqual([expect.stringMatching(/^the log is not kept: .*no space is left/)]);
    expect(readLog(host).map(({ atMs }) => atMs)).toEqual([0, 3]);
    isFull = true;
    keep(entry(4));
    isFull = false;
    logKeeper(host, () => {})(entry(5));
    expect(readLog(host).map(({ atMs }) => atMs)).toEqual([0, 3, 5]);
  });
});
