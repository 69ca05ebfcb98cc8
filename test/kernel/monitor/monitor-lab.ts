import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { FlowReport } from '../../../src/host/agent/protocol.ts';
import type { MonitorStatus, WanStatus } from '../../../src/monitor/control/monitor-status.ts';
import type { Family } from '../../../src/net/family.ts';
import { type Frontend, type RouterLab, routerLab } from '../packets/router-lab.ts';
import { CLIENT, INTERNET } from '../packets/topology.ts';
import { monitorSite, TARGETS } from './site.ts';

/** A lab whose router is watched by the daemon. */
export interface MonitorLab extends RouterLab {
  /** Starts the daemon; resolves when every WAN is `well`, by default up. */
  startDaemon(well?: (wan: WanStatus) => boolean): Promise<void>;
  /** Resolves when it has ended. */
  stopDaemon(signal?: NodeJS.Signals): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Of the daemon that runs; undefined when none does. */
  pid(): number | undefined;
  /** Has the daemon read the site that was written last. */
  reload(): Promise<void>;
  /** All that the daemon said. */
  said(): string;
  /** Waits until the daemon, from its last start on, has said this after `from`; gives what it said by then. */
  until(pattern: RegExp, from?: number): Promise<string>;
  status(): Promise<MonitorStatus>;
  statusWhen(well: (status: MonitorStatus) => boolean): Promise<MonitorStatus>;
  /**
   * A client that connects every 20 ms while `during` runs, and some times more behind it; gives what became of its
   * attempts, those of behind it last.
   */
  connecting(during: () => Promise<void>, port?: number): Promise<readonly FlowReport[]>;
  /** A transfer that the other side has begun to answer, by this WAN; gives its number at the client's agent. */
  transferBy(wan: string, family: Family, port?: number): Promise<number>;
}

/** Long enough for anything on a busy machine; a test that waits so long has failed. */
const PATIENCE_MS = 60_000;
/** For `expect.poll`. */
export const PATIENT = { timeout: PATIENCE_MS } as const;
/** A machine that stands still for a second or two loses no connection by that. */
const ANSWER_MS = 6000;

export async function monitorLab(frontend: Frontend): Promise<MonitorLab> {
  const router = await routerLab(frontend);
  router.write(monitorSite(frontend));
  // The kernel answers pings only by addresses that are truly its own.
  for (const target of Object.values(TARGETS))
    await router.lab.exec('internet', 'ip', ['address', 'add', `${target}/32`, 'dev', 'lo']);
  let child: ChildProcess | undefined;
  let text = '';

  const until = async (pattern: RegExp, from = 0): Promise<string> => {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(20))
      if (pattern.test(text.slice(from))) return text.slice(from);
    throw new Error(`the daemon never said ${pattern}; it said:\n${text.slice(from)}`);
  };
  const status = async (): Promise<MonitorStatus> => {
    const [program, ...words] = router.command('status');
    const { stdout } = await router.lab.exec('router', program, [...words, '--json'], { env: router.env });
    return (JSON.parse(stdout) as { monitor: MonitorStatus }).monitor;
  };
  const statusWhen = async (well: (status: MonitorStatus) => boolean): Promise<MonitorStatus> => {
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      const now = await status();
      if (now !== null && well(now)) return now;
      if (Date.now() > end) throw new Error(`the status stays ${JSON.stringify(now, null, 1)}\n${text}`);
    }
  };
  const stopDaemon = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child?.once('close', done));
    child.kill(signal);
    await ended;
    child = undefined;
  };
  return {
    ...router,
    startDaemon: async (well = ({ health }) => health === 'up') => {
      const from = text.length;
      child = spawn('ip', ['netns', 'exec', router.lab.namespace('router'), ...router.command('monitor')], {
        env: { ...process.env, ...router.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
      await until(/^watching/m, from);
      await statusWhen(({ wans }) => wans.every(well));
    },
    stopDaemon,
    signal: (signal) => void child?.kill(signal),
    // `ip netns exec` becomes what it runs.
    pid: () =>
      child === undefined || child.exitCode !== null || child.signalCode !== null ? undefined : child.pid,
    reload: async () => {
      const from = text.length;
      child?.kill('SIGHUP');
      await until(/site (?:was not )?reloaded/, from);
    },
    said: () => text,
    until,
    status,
    statusWhen,
    connecting: async (during, port = 443) => {
      const client = router.lab.agent('lan lan0');
      const ends = { to: { address: INTERNET[0], port }, from: { address: CLIENT[0] } };
      const cadence = await client.ask({
        op: 'cadence-start',
        ...ends,
        everyMs: 20,
        timeoutMs: ANSWER_MS,
      });
      try {
        await during();
      } catch (error) {
        await client.ask({ op: 'cadence-stop', cadence });
        throw error;
      }
      // Others than those of a timer: one that is held up may have begun none since then.
      const behind = { count: BEHIND, concurrency: BEHIND, timeoutMs: ANSWER_MS };
      const last = await client.ask({ op: 'connect', ...ends, ...behind });
      return [...(await client.ask({ op: 'cadence-stop', cadence })), ...last];
    },
    transferBy: async (wan, family, port = 443) => {
      const client = router.lab.agent('lan lan0');
      const side = family === 'ipv4' ? 0 : 1;
      const transfer = await client.ask({
        op: 'transfer-start',
        to: { address: INTERNET[side], port },
        from: { address: CLIENT[side] },
        chunkBytes: 4096,
        intervalMs: 10,
        timeoutMs: 20_000,
      });
      const via = async () => (await client.ask({ op: 'transfer-status', transfer })).via;
      await expect.poll(via, PATIENT).toBe(wan);
      return transfer;
    },
    end: async () => {
      await stopDaemon('SIGKILL');
      await router.end();
    },
  };
}

/** Attempts behind what is waited for. */
const BEHIND = 6;

/** These attempts: the WAN that each took, or what became of it instead. */
export function latest(attempts: readonly FlowReport[]): readonly (string | undefined)[] {
  return attempts.slice(-BEHIND).map(({ outcome, via }) => (outcome === 'answered' ? via : outcome));
}

/** The first member that a policy gives new IPv4 connections to. */
export function activeOf(policies: MonitorStatus['policies'], name: string): string | undefined {
  return policies.find((policy) => policy.name === name)?.active.ipv4[0]?.wan;
}
