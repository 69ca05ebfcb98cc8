import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Host, ProcessResult } from '../../../src/host/host.ts';
import { nodeHost } from '../../../src/host/node.ts';
import { alarmClock } from '../../../src/monitor/probe/alarm-clock.ts';
import { askCommand } from '../../../src/monitor/probe/ask.ts';
import type { ProbeBinding } from '../../../src/monitor/probe/binding.ts';
import { startNeighbours } from '../../../src/monitor/probe/neighbours.ts';
import type { Prober } from '../../../src/monitor/probe/prober.ts';
import { startProbes } from '../../../src/monitor/probe/start-probes.ts';
import { ORIGIN, sampleWan } from '../plan/sample-site.ts';
import { hasEnded } from '../running.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { families, health } = sampleWan('fiber');
const BINDING: ProbeBinding = {
  wan: 'fiber',
  interface: 'wan0',
  ifindex: 2,
  mark: { value: 0x1000000, mask: 0xff000000 },
  families,
  addresses: {},
  gateways: {},
  probes: [],
  health,
};

/** The answer, what was complained of, and what was read of the command's own words. */
async function ask(command: readonly string[], timeoutMs = 20_000) {
  const host = nodeHost();
  let result: ProcessResult | undefined;
  const listening: Host = {
    ...host,
    run: async (program, words, options) => {
      result = await host.run(program, words, options);
      return result;
    },
  };
  const problems: string[] = [];
  const probe = { kind: 'command', command, origin: ORIGIN } as const;
  const answer = await askCommand(listening, BINDING, probe, (why) => problems.push(why))(
    timeoutMs,
    () => {},
  );
  return { answer, problems, stdout: result?.stdout, stderr: result?.stderr };
}

function sh(script: string, timeoutMs?: number) {
  return ask(['sh', '-c', script], timeoutMs);
}

describe('a command that probes', () => {
  it('is judged by its exit code alone, and none of its words are kept, however many they are', async () => {
    const quiet = { problems: [], stdout: '', stderr: '' };
    expect(await sh('echo well; echo or not >&2')).toEqual({ answer: 'well', ...quiet });
    expect(await sh('echo wrong; exit 3')).toEqual({ answer: 'bad', ...quiet });
    expect(await ask(['yes'], 300)).toEqual({ answer: 'silent', ...quiet });
  });

  it('takes what it started along when it ends, and when its time is over', async () => {
    const pidFile = join(folder, 'pid');
    const grandchild = () => Number(readFileSync(pidFile, 'utf8'));
    expect(await sh(`sleep 60 & echo $! > ${pidFile}`)).toMatchObject({ answer: 'well' });
    await hasEnded(grandchild());
    const stubborn = `(trap '' TERM; while :; do sleep 1; done) & echo $! > ${pidFile}; wait`;
    expect(await sh(stubborn, 300)).toMatchObject({ answer: 'silent' });
    await hasEnded(grandchild());
  });

  it('measures nothing when it is not there, may not be executed or is killed by others, and says so', async () => {
    const path = join(folder, 'check-wan');
    expect(await ask([path])).toMatchObject({
      answer: 'unsent',
      problems: [`${path} is not there: install it, or name it with its whole path in the profile`],
    });
    writeFileSync(path, '#!/bin/sh\n', { mode: 0o644 });
    expect(await ask([path])).toMatchObject({
      answer: 'unsent',
      problems: [expect.stringMatching(/check-wan cannot be started: .*EACCES; may it be executed/)],
    });
    expect(await sh('kill -KILL $$')).toMatchObject({
      answer: 'unsent',
      problems: ['sh was ended by SIGKILL before it could answer'],
    });
  });

  it('that is not there is named beside its WAN: others of it may well be', async () => {
    const host = nodeHost();
    const probes = [{ kind: 'command', command: ['/nonexistent', '-v'], origin: ORIGIN } as const];
    const binding = { ...BINDING, probes, health: { ...health, intervalMs: 10 } };
    const shared = { neighbours: startNeighbours(host), alarms: alarmClock(host) };
    let prober: Prober | undefined;
    const problem = await new Promise((told) => {
      prober = startProbes(host, binding, 0, shared, () => {}, told);
    });
    prober?.stop();
    expect(problem).toMatch(
      /^a probe of WAN fiber measures nothing, command [/]nonexistent -v: [/]nonexistent is not there: install/,
    );
  });
});
