import { describe, expect, it } from 'vitest';
import { lineTimes } from '../../../src/monitor/probe/line-times.ts';
import { type NextLook, type PingLedger, pingLedger } from '../../../src/monitor/probe/ping-ledger.ts';
import { parsePingLine } from '../../../src/monitor/probe/ping-line.ts';
import { fakeClock } from './fake-host.ts';

interface Told {
  readonly sentAt: number;
  readonly kind: string;
}

/** Runs the ledger by its own alarms, and looks at each line at once. */
class Replay {
  readonly told: Told[] = [];
  readonly ledger: PingLedger;
  next: NextLook;
  constructor(intervalMs: number, timeoutMs: number, [fall, rise] = [3, 2]) {
    this.ledger = pingLedger({ intervalMs, timeoutMs, fall, rise }, 0, {
      result: (sentAt, { kind }) => this.told.push({ sentAt, kind }),
      child: () => {},
      problem: () => {},
    });
    this.next = this.ledger.settle(0);
  }
  at(now: number, text?: string): this {
    while (this.next.from <= now) this.next = this.ledger.settle(this.next.from);
    const line = text === undefined ? undefined : parsePingLine(`[0.0] ${text}`);
    if (line !== undefined) this.ledger.line(line, now);
    if (text?.startsWith('ping: ') === true) this.ledger.unsent(now);
    this.next = this.ledger.settle(now);
    return this;
  }
  reply(now: number, sequence: number, rttMs: number): this {
    return this.at(now, `64 bytes from 203.0.113.1: icmp_seq=${sequence} ttl=64 time=${rttMs} ms`);
  }
  silence(now: number, sequence: number): this {
    return this.at(now, `no answer yet for icmp_seq=${sequence}`);
  }
  kinds(): string {
    return this.told.map(({ kind }) => kind).join(' ');
  }
}

describe('lines of ping', () => {
  it('are understood in both families, and what is none of them is passed over', () => {
    const lines = [
      'PING 203.0.113.1 (203.0.113.1) from 192.0.2.2 wan0: 56(84) bytes of data.',
      '[1732200000.25] 64 bytes from 203.0.113.1: icmp_seq=7 ttl=64 time=0.046 ms',
      '[1732200000.25] 64 bytes from 2001:db8::1: icmp_seq=8 ttl=64 time=1234 ms',
      '[1732200000.25] 64 bytes from 203.0.113.1: icmp_seq=7 ttl=64 time=0.051 ms (DUP!)',
      '[1732200000.25] no answer yet for icmp_seq=9',
      '[1732200000.25] From 198.51.100.1 icmp_seq=10 Destination Host Unreachable',
      '[1732200000.25] From 2001:db8::2 icmp_seq=11 Destination unreachable: Address unreachable',
      '[1732200000.25] 64 bytes from 203.0.113.1: icmp_seq=12 ttl=64 time=0.046 ms (BAD CHECKSUM!)',
    ];
    const writtenMs = 1_732_200_000_250;
    expect(lines.map(parsePingLine)).toEqual([
      undefined,
      { writtenMs, kind: 'reply', sequence: 7, rttMs: 0.046 },
      { writtenMs, kind: 'reply', sequence: 8, rttMs: 1234 },
      undefined,
      { writtenMs, kind: 'silence', sequence: 9 },
      { writtenMs, kind: 'unreachable', sequence: 10 },
      { writtenMs, kind: 'unreachable', sequence: 11 },
      { writtenMs, kind: 'reply', sequence: 12, rttMs: 0.046 },
    ]);
  });
});

describe('the ledger of a ping', () => {
  it('tells of answers at the time they were sent', () => {
    const replay = new Replay(200, 1000).reply(30, 1, 20).reply(230, 2, 20);
    expect(replay.told).toEqual([
      { sentAt: 10, kind: 'answered' },
      { sentAt: 210, kind: 'answered' },
    ]);
  });

  it('tells of a loss by the clock, before ping speaks of it', () => {
    const replay = new Replay(200, 1000);
    for (let n = 1; n <= 5; n += 1) replay.reply(n * 200 + 1, n, 1);
    replay.at(1399);
    expect(replay.kinds()).toBe('answered answered answered answered answered lost');
    expect(replay.told.at(-1)?.sentAt).toBe(1200);
  });

  it('waits as long as the profile says while no answer has shown what is usual', () => {
    const replay = new Replay(200, 1000).silence(200, 1).silence(400, 2).at(999);
    expect(replay.kinds()).toBe('');
    expect(replay.at(1000).kinds()).toBe('lost');
  });

  it('takes a loss back when the answer comes late, under the time it was told by', () => {
    const replay = new Replay(200, 1000).reply(201, 1, 1).reply(401, 2, 1).at(710).silence(800, 3);
    expect(replay.kinds()).toBe('answered answered lost');
    replay.reply(880, 3, 280);
    expect(replay.kinds()).toBe('answered answered lost late');
    expect(replay.told[3]?.sentAt).toBe(replay.told[2]?.sentAt);
  });

  it('takes a loss back after the timeout of the profile: slow is not lost', () => {
    const replay = new Replay(200, 500).reply(201, 1, 1).reply(401, 2, 1).silence(800, 3).at(820);
    expect(replay.reply(1250, 3, 650).kinds()).toContain('late');
  });

  it('takes nothing back after ten seconds', () => {
    const replay = new Replay(200, 500).reply(201, 1, 1).reply(401, 2, 1);
    for (let n = 3; n <= 60; n += 1) replay.silence(400 + (n - 1) * 200, n);
    expect(replay.reply(12_300, 3, 11_700).kinds()).not.toContain('late');
  });

  it('loses one probe and no more when ping itself was stopped, and takes that one back', () => {
    const replay = new Replay(200, 1000).reply(201, 1, 1).reply(401, 2, 1).at(60_000);
    expect(replay.kinds()).toBe('answered answered lost');
    expect(replay.reply(60_201, 3, 1).kinds()).toBe('answered answered lost late');
  });

  it('counts every miss of a silent line once', () => {
    const replay = new Replay(200, 1000).reply(200, 1, 1).reply(400, 2, 1);
    for (let n = 3; n <= 12; n += 1) replay.silence(400 + (n - 1) * 200, n);
    expect(replay.kinds()).toBe(`answered answered${' lost'.repeat(10)}`);
    const times = replay.told.map(({ sentAt }) => sentAt);
    expect(new Set(times).size).toBe(times.length);
  });

  it('counts a word of a router as a loss at once', () => {
    const replay = new Replay(200, 1000).reply(201, 1, 1);
    replay.at(402, 'From 198.51.100.1 icmp_seq=2 Destination Host Unreachable');
    expect(replay.kinds()).toBe('answered lost');
  });

  it('says of what could not be sent that it says nothing', () => {
    const replay = new Replay(200, 1000).reply(201, 1, 1).reply(401, 2, 1);
    replay.at(601, 'ping: sendmsg: Network is unreachable').at(750).silence(801, 3);
    expect(replay.kinds()).toBe('answered answered error');
  });

  it('follows the numbers over their end at 65536', () => {
    const replay = new Replay(200, 1000);
    for (let n = 1; n <= 65_540; n += 1) replay.reply(n * 200, n % 65_536, 0.5);
    expect(replay.told.length).toBe(65_540);
    expect(new Set(replay.told.map(({ kind }) => kind))).toEqual(new Set(['answered']));
  });

  it('is looked at just before it could be ill while it is well, and at every probe otherwise', () => {
    const replay = new Replay(200, 1000, [3, 2]);
    expect(replay.next).toEqual({ from: 100, at: 100 });
    replay.reply(1, 1, 1);
    expect(replay.next).toEqual({ from: 300, at: 300 });
    replay.reply(201, 2, 1);
    expect(replay.next).toEqual({ from: 500, at: 800 });
    replay.silence(600, 3).at(600);
    expect(replay.kinds()).toBe('answered answered lost');
    expect(replay.next).toEqual({ from: 700, at: 700 });
    replay.reply(601, 4, 1).reply(801, 5, 1);
    expect(replay.next).toEqual({ from: 1100, at: 1400 });
  });

  it('is looked at once a second at least, and does not wait for a ping that says nothing', () => {
    const rare = new Replay(500, 1000, [10, 1]).reply(1, 1, 1);
    expect(rare.next).toEqual({ from: 600, at: 1500 });
    const stuck = new Replay(200, 1000, [3, 2]).reply(1, 1, 1).at(5000);
    expect(stuck.kinds()).toBe('answered lost');
    expect(stuck.next.at).toBeLessThanOrEqual(5200);
  });

  it('does not tell as lost what the kernel lets ping send late, as it does after long pauses', () => {
    const replay = new Replay(10_000, 3000, [3, 3]);
    for (let n = 1; n <= 8; n += 1) replay.reply(1 + (n - 1) * 10_240, n, 1);
    expect(replay.kinds()).toBe(`answered${' answered'.repeat(7)}`);
  });

  it('is looked at soon after a loss, however long the pauses: the answer may be late', () => {
    const replay = new Replay(10_000, 3000).reply(0, 1, 1).at(12_000);
    expect(replay.kinds()).toBe('answered lost');
    expect(replay.next.at).toBeLessThanOrEqual(13_000);
  });

  it('tells the same of lines that are looked at late, three at a time', () => {
    const replay = new Replay(200, 1000);
    for (let n = 1; n <= 9; n += 1) {
      replay.ledger.line({ kind: 'reply', sequence: n, rttMs: 5, writtenMs: 0 }, n * 200 + 5);
      if (n % 3 === 0) replay.next = replay.ledger.settle(n * 200 + 150);
    }
    expect(replay.told).toEqual(
      Array.from({ length: 9 }, (_, at) => ({ sentAt: (at + 1) * 200, kind: 'answered' })),
    );
  });
});

describe('the times of lines', () => {
  it('are of the monotonic clock, and never to come', () => {
    const clock = fakeClock(5000);
    const times = lineTimes(clock);
    clock.pass(100);
    expect([5000, 5060, 5100, 5101].map(times())).toEqual([0, 60, 100, 100]);
  });

  it('are not believed when the wall clock was set since they were last looked at', () => {
    const clock = fakeClock(5000);
    let ahead = 0;
    const times = lineTimes({ monotonicMs: clock.monotonicMs, now: () => clock.now() + ahead });
    times();
    clock.pass(300);
    ahead = 3600;
    expect([5100, 5200].map(times())).toEqual([300, 300]);
    clock.pass(300);
    expect([9100].map(times())).toEqual([500]);
  });
});
