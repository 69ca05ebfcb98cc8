import { describe, expect, it } from 'vitest';
import type { Correspondence, Host, ProcessResult } from '../../../src/host/host.ts';
import { alarmClock } from '../../../src/monitor/probe/alarm-clock.ts';
import type { ProbeBinding } from '../../../src/monitor/probe/binding.ts';
import { startPing } from '../../../src/monitor/probe/ping.ts';
import { sampleWan } from '../plan/sample-site.ts';
import { fakeClock, fakeHost } from './fake-host.ts';

const INTERVAL_MS = 200;
const { health } = sampleWan('fiber');
const BINDING: ProbeBinding = {
  wan: 'fiber',
  interface: 'wan0',
  ifindex: 2,
  mark: { value: 0x1000000, mask: 0xff000000 },
  families: ['ipv4'],
  addresses: {},
  gateways: {},
  probes: [],
  health: { ...health, intervalMs: INTERVAL_MS, timeoutMs: 1000, fall: 3, rise: 3 },
};

/** One `ping` whose every request is answered after 10 ms while `answers` is set, and what the prober tells of it. */
function world() {
  const clock = fakeClock();
  const told: { readonly at: number; readonly sentAt: number; readonly kind: string }[] = [];
  const children: {
    complain: (text: string) => void;
    die: (how?: Partial<ProcessResult>) => void;
    readonly started: number;
    readonly words: readonly string[];
  }[] = [];
  let written = '';
  let sequence = 0;
  let collected = 0;
  let answers = true;
  const problems: string[] = [];
  const write = (text: string): void => {
    written += `[${(clock.now() / 1000).toFixed(6)}] ${text}\n`;
  };
  const send = (): void => {
    if (!answers && sequence > 0) write(`no answer yet for icmp_seq=${sequence}`);
    sequence += 1;
    const own = sequence;
    if (answers)
      clock.after(10, () => write(`64 bytes from 203.0.113.1: icmp_seq=${own} ttl=64 time=10.0 ms`));
    clock.after(INTERVAL_MS, send);
  };
  const correspond: Host['correspond'] = (_folder, _program, words): Correspondence => {
    let end = (_: ProcessResult): void => {};
    const child = { complain: (_: string): void => {}, started: clock.monotonicMs(), words };
    children.push({
      ...child,
      complain: (text) => child.complain(text),
      die: (how) => end({ code: 1, stdout: '', stderr: '', ...how }),
    });
    return {
      collect: () => {
        collected += 1;
        const text = written;
        written = '';
        return text;
      },
      onErrors: (listen) => {
        child.complain = listen;
      },
      kill: () => {},
      ended: new Promise((done) => {
        end = done;
      }),
    };
  };
  const host = fakeHost({
    after: clock.after,
    monotonicMs: clock.monotonicMs,
    now: clock.now,
    env: () => undefined,
    resolvePath: (...parts) => parts.join('/'),
    correspond,
  });
  const prober = startPing(host, BINDING, '203.0.113.1', 0, alarmClock(host), {
    result: (sentAt, { kind }) => told.push({ at: clock.monotonicMs(), sentAt, kind }),
    child: (state) => told.push({ at: clock.monotonicMs(), sentAt: Number.NaN, kind: state }),
    problem: (why) => problems.push(why),
  });
  clock.after(0, send);
  return {
    pass: clock.pass,
    now: clock.monotonicMs,
    prober,
    told,
    problems,
    children,
    kinds: () => told.map(({ kind }) => kind),
    collected: () => collected,
    answer: (yes: boolean) => {
      answers = yes;
    },
  };
}

describe('a ping', () => {
  it('is asked for its answers a few at a time, and each is told with the time it was sent at', () => {
    const { pass, prober, told, collected } = world();
    pass(10_050);
    prober.stop();
    const sent = told.filter(({ kind }) => kind === 'answered').map(({ sentAt }) => sentAt);
    expect(sent).toEqual(Array.from({ length: 51 }, (_, at) => at * INTERVAL_MS));
    expect(collected()).toBeLessThan(30);
  });

  it('does not take a target that begins with a dash for an option', () => {
    const { pass, children } = world();
    pass(0);
    expect(children[0]?.words.slice(-2)).toEqual(['--', '203.0.113.1']);
  });

  it('is known to be silent as soon as if it were listened to all the time', () => {
    for (let phase = 0; phase < 5; phase += 1) {
      const { pass, now, told, answer } = world();
      pass(6010 + phase * INTERVAL_MS);
      answer(false);
      const lastSent = Math.floor(now() / INTERVAL_MS) * INTERVAL_MS;
      pass(2000);
      const lost = told.filter(({ kind }) => kind === 'lost');
      expect(lost[0]?.sentAt).toBe(lastSent + INTERVAL_MS);
      expect(lost[2]?.at).toBe(lastSent + 3 * INTERVAL_MS + 100);
    }
  });

  it('is heard again within a look when it is answered again', () => {
    const { pass, now, told, answer } = world();
    pass(4010);
    answer(false);
    pass(3000);
    answer(true);
    const since = now();
    pass(1000);
    expect(told.find(({ at, kind }) => at > since && kind === 'answered')?.at).toBeLessThan(since + 350);
  });

  it('says at once what it could not send, behind what it said before', () => {
    const { pass, children, kinds } = world();
    pass(2050);
    children[0]?.complain('ping: sendmsg: Network is unreachable\n');
    expect(kinds().filter((kind) => kind === 'answered').length).toBe(11);
    expect(kinds().at(-1)).toBe('error');
  });

  it.each([
    [
      'is not installed',
      { missing: true, stderr: 'spawn ping ENOENT' },
      ['ping is not installed: apt install iputils-ping'],
    ],
    ['cannot be started', { stderr: 'spawn ping EACCES' }, ['ping cannot be started: spawn ping EACCES']],
    ['is killed', { stderr: '' }, []],
  ])('that %s is told of with the cure where there is one', async (_, how, said) => {
    const { pass, children, problems, kinds } = world();
    pass(1000);
    children[0]?.die({ code: null, ...how });
    await Promise.resolve();
    await Promise.resolve();
    expect(problems).toEqual(said);
    expect(kinds().at(-1)).toBe('died');
  });

  it('is started again when it dies, a second later', async () => {
    const { pass, children, kinds } = world();
    pass(1000);
    children[0]?.die();
    await Promise.resolve();
    await Promise.resolve();
    expect(kinds().at(-1)).toBe('died');
    pass(999);
    expect(children.length).toBe(1);
    pass(1);
    expect(children.map(({ started }) => started)).toEqual([0, 2000]);
  });
});
