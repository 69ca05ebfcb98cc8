import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/apply/change.ts';
import { makeReadyLock, withLock } from '../../../src/apply/lock.ts';
import { HostError } from '../../../src/host/host.ts';
import { patientLock } from '../../../src/monitor/act/patient-lock.ts';
import { prepared } from '../../../src/monitor/act/prepared.ts';
import { decide } from '../../../src/monitor/decide/decide.ts';
import { failureDemands } from '../../../src/monitor/decide/failures.ts';
import { NO_MEMORY, start } from '../../../src/monitor/decide/start.ts';
import { sampleSite, sampleWan } from '../plan/sample-site.ts';
import { fakeClock, fakeFiles, fakeHost } from './fake-host.ts';

const CHANGES: readonly Change[] = [
  { kind: 'sysctl', key: 'net.ipv4.ip_forward', before: undefined, after: undefined },
];
const DEMAND = { health: { fiber: 'down' }, held: {} } as const;

describe('changes that were prepared', () => {
  it('are found for the same demand on the same ground alone', () => {
    const ready = prepared();
    const ground = {};
    ready.add(ground, DEMAND, CHANGES);
    expect(ready.find(ground, { ...DEMAND })).toBe(CHANGES);
    expect(ready.find(ground, { ...DEMAND, held: { all: ['cable'] } })).toBeUndefined();
    expect(ready.find({}, DEMAND)).toBeUndefined();
    // Once the ground was another one, nothing of before is sure.
    expect(ready.find(ground, DEMAND)).toBeUndefined();
  });

  it('are those that a failure asks for', () => {
    const wans = ['fiber', 'cable'].map((name) => sampleWan(name));
    const first = start(sampleSite({ wans }), NO_MEMORY, 0);
    const { state } = decide(first, { kind: 'link', wan: 'fiber', state: 'up' }, 1000);
    const cut = decide(state, { kind: 'link', wan: 'fiber', state: 'no-carrier' }, 2000);
    expect(JSON.stringify(cut.demand)).toContain('"fiber":"down"');
    expect(failureDemands(state, 1500).map((demand) => JSON.stringify(demand))).toContain(
      JSON.stringify(cut.demand),
    );
  });
});

function world() {
  const files = new Map<string, string>();
  const clock = fakeClock();
  const host = fakeHost({
    ...fakeFiles(files),
    pid: () => 7,
    processStart: () => '1',
    isRoot: () => true,
    now: clock.now,
    monotonicMs: clock.monotonicMs,
    sleep: async (ms) => clock.pass(ms),
    linkFile: (path, name) => {
      const text = files.get(path);
      if (text === undefined) throw new HostError('ENOENT', path, 'gone');
      if (files.has(name)) return false;
      files.set(name, text);
      return true;
    },
  });
  return { files, host };
}

describe('the lock of the daemon', () => {
  it('is taken without a word written, and given back', async () => {
    const { files, host } = world();
    const ready = makeReadyLock(host, 'monitor');
    const before = new Map(files);
    let held: readonly string[] = [];
    const work = async (): Promise<void> => {
      held = [...files.keys()].filter((name) => !before.has(name));
    };
    await withLock({ ...host, writeFile: () => expect.unreachable() }, 'monitor', work, ready);
    expect(held).toEqual(['/run/polywan/lock']);
    expect(files).toEqual(before);
  });

  it('is waited for while somebody else has it', async () => {
    const { files, host } = world();
    const other = { pid: 8, start: '1', command: 'apply', sinceMs: 0 };
    files.set('/run/polywan/lock', JSON.stringify(other));
    let tries = 0;
    const waited = patientLock({
      ...host,
      sleep: async () => {
        tries += 1;
        if (tries === 3) files.delete('/run/polywan/lock');
      },
    });
    await expect(waited.hold(async () => 'held')).resolves.toBe('held');
    expect(tries).toBe(3);
  });

  it('is written anew when what it was made of was tidied away', async () => {
    const { files, host } = world();
    const lock = patientLock(host);
    await lock.hold(async () => undefined);
    files.delete('/run/polywan/lock.monitor');
    await expect(lock.hold(async () => 'held')).resolves.toBe('held');
    lock.stop();
    expect([...files.keys()]).toEqual([]);
  });

  it('is done without on a read-only file system, where nobody else can make one either', async () => {
    const { host } = world();
    let isReadOnly = false;
    const lock = patientLock({
      ...host,
      linkFile: (path, name) => {
        if (isReadOnly) throw new HostError('EROFS', path, 'the file system is read-only');
        return host.linkFile(path, name);
      },
      removeFile: (path) => {
        if (isReadOnly) throw new HostError('EROFS', path, 'the file system is read-only');
        host.removeFile(path);
      },
    });
    await expect(lock.hold(async () => 'held')).resolves.toBe('held');
    isReadOnly = true;
    await expect(lock.hold(async () => 'held')).resolves.toBe('held');
    let times = 0;
    const refused = lock.hold(async () => {
      times += 1;
      throw new HostError('EROFS', 'file', 'refused');
    });
    await expect(refused).rejects.toThrow('refused');
    expect(times).toBe(1);
    expect(() => lock.stop()).not.toThrow();
  });

  it('is taken again by the same process where it could not be removed', async () => {
    const { host } = world();
    const lock = patientLock({
      ...host,
      removeFile: (path) => {
        if (path !== '/run/polywan/lock') return host.removeFile(path);
        throw new HostError('EROFS', path, 'the file system is read-only');
      },
      sleep: () => expect.unreachable(),
    });
    for (let times = 0; times < 2; times += 1)
      await expect(lock.hold(async () => 'held')).resolves.toBe('held');
  });
});
