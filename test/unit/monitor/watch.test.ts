import { describe, expect, it } from 'vitest';
import type { Conversation, ProcessResult } from '../../../src/host/host.ts';
import { trafficMeter } from '../../../src/monitor/loop/traffic-meter.ts';
import { follow } from '../../../src/monitor/watch/follow.ts';
import { parseLinkLine } from '../../../src/monitor/watch/link-line.ts';
import { tellFacts, toldFacts } from '../../../src/monitor/watch/tell-facts.ts';
import { machineWith, sampleSite, sampleWan } from '../plan/sample-site.ts';
import { fakeClock, fakeHost } from './fake-host.ts';

describe('a line of ip monitor', () => {
  it.each([
    ['3: wan0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP', 'wan0', 'up'],
    ['3: wan0@if9: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state DOWN', 'wan0', 'no-carrier'],
    ['3: wan0: <NO-CARRIER,BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state DOWN', 'wan0', 'up'],
    ['3: wan0: <BROADCAST,MULTICAST> mtu 1500 qdisc noqueue state DOWN', 'wan0', 'down'],
    ['7: ppp0: <POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1492', 'ppp0', 'up'],
    ['Deleted 3: wan0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN', 'wan0', 'gone'],
  ])('%s', (line, device, state) => {
    expect(parseLinkLine(line)).toEqual({ device, state });
  });

  it.each([
    '3: wan0    inet 192.0.2.2/24 brd 192.0.2.255 scope global wan0',
    'default via 192.0.2.1 dev wan0 proto dhcp metric 100',
    'Deleted 192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2',
    '',
  ])('that is about something else says nothing of a link: %s', (line) => {
    expect(parseLinkLine(line)).toBeUndefined();
  });
});

describe('a program that is followed', () => {
  const HEAD = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n';
  const socket = (pid: number, groups: string): string =>
    `000000005afa4b6b 12  ${pid}      ${groups} 0        0        0     2        0        10650771\n`;

  function world() {
    const clock = fakeClock();
    const missed: number[] = [];
    const kernel = { sockets: HEAD };
    let end = (_: ProcessResult): void => {};
    let pid = 40;
    const host = fakeHost({
      ...clock,
      readFile: () => kernel.sockets,
      converse: () => {
        pid += 1;
        const ended = new Promise<ProcessResult>((done) => {
          end = done;
        });
        return {
          pid,
          onOutput: () => {},
          onErrors: () => {},
          kill: () => {},
          ended,
        } as unknown as Conversation;
      },
    });
    const missedNow = () => missed.push(clock.monotonicMs());
    const following = follow(host, 'nft', ['monitor'], { line: () => {}, missed: missedNow });
    const die = async (): Promise<void> => {
      end({ code: 1, stdout: '', stderr: '' });
      await Promise.resolve();
    };
    return { clock, missed, kernel, die, following };
  }

  it('may have missed something until it is seen to listen, some time after its start', () => {
    const { clock, missed, kernel } = world();
    kernel.sockets = HEAD + socket(1041, '00000140') + socket(41, '00000000');
    clock.pass(1500);
    expect(missed).toEqual([]);
    kernel.sockets = HEAD + socket(41, '00000140');
    clock.pass(250);
    expect(missed).toHaveLength(1);
    clock.pass(100_000);
    expect(missed).toHaveLength(1);
  });

  it('is taken to listen after a minute, where nothing of it is seen', () => {
    const { clock, missed } = world();
    clock.pass(59_000);
    expect(missed).toEqual([]);
    clock.pass(2000);
    expect(missed).toHaveLength(1);
  });

  it('may have missed something when it ended, and again until the next one listens', async () => {
    const { clock, missed, kernel, die, following } = world();
    await die();
    expect(missed).toEqual([0]);
    clock.pass(5000);
    expect(missed).toEqual([0]);
    kernel.sockets = HEAD + socket(42, '00000140');
    clock.pass(250);
    expect(missed).toHaveLength(2);
    following.stop();
    await die();
    expect(missed).toHaveLength(2);
  });
});

describe('what a machine’s facts say', () => {
  const site = sampleSite({
    wans: [sampleWan('fiber', { interface: 'wan0' }), sampleWan('lte', { interface: 'ppp0' })],
    policies: [],
  });
  const facts = machineWith('wan0');
  const told = tellFacts(site, facts);

  it('is link, addresses and gateway of every WAN, also of one that is not there', () => {
    expect(told).toEqual([
      { kind: 'link', wan: 'fiber', state: 'up' },
      { kind: 'address', wan: 'fiber', family: 'ipv4', addresses: ['198.51.100.2'] },
      { kind: 'gateway', wan: 'fiber', family: 'ipv4', gateway: '198.51.100.1' },
      { kind: 'link', wan: 'lte', state: 'gone' },
      { kind: 'address', wan: 'lte', family: 'ipv4', addresses: [] },
      { kind: 'gateway', wan: 'lte', family: 'ipv4' },
    ]);
  });

  it('is news only where it differs from what was said before', () => {
    const before = toldFacts();
    expect(before.add(told)).toEqual(told);
    expect(before.add(told)).toEqual([]);
    const cut = { ...facts, links: facts.links.map((link) => ({ ...link, carrier: false })) };
    const news = { kind: 'link', wan: 'fiber', state: 'no-carrier' };
    expect(before.add(tellFacts(site, cut))).toEqual([news]);
    expect(before.add(tellFacts(site, cut))).toEqual([]);
    expect(before.add(told)).toEqual([{ ...news, state: 'up' }]);
  });
});

describe('the traffic meter', () => {
  const HEAD =
    'Inter-|   Receive  |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes\n';
  const line = (name: string, received: number, packets: number, sent: number): string =>
    `  ${name}: ${received} ${packets} 0 0 0 0 0 0 ${sent} 9 0 0 0 0 0 0\n`;
  const site = sampleSite({
    wans: [sampleWan('fiber', { interface: 'wan0' }), sampleWan('cable', { interface: 'wan1' })],
    policies: [],
  });

  it('tells what came and went since it last looked, every two seconds, and nothing of a device that is new', () => {
    const clock = fakeClock();
    let text = HEAD + line('wan0', 1000, 10, 500);
    const meter = trafficMeter(fakeHost({ ...clock, readFile: () => text }));
    expect(meter.read(site)).toEqual([]);
    clock.pass(1000);
    text = HEAD + line('wan0', 5000, 20, 700) + line('wan1', 9, 9, 9);
    expect(meter.read(site)).toEqual([]);
    clock.pass(1000);
    expect(meter.read(site)).toEqual([
      { kind: 'traffic', wan: 'fiber', receivedBytes: 4000, receivedPackets: 10, sentBytes: 200 },
    ]);
    clock.pass(2000);
    // The device was made anew: its counters begin at nothing.
    text = HEAD + line('wan0', 10, 1, 10) + line('wan1', 19, 10, 19);
    expect(meter.read(site)).toEqual([
      { kind: 'traffic', wan: 'cable', receivedBytes: 10, receivedPackets: 1, sentBytes: 10 },
    ]);
  });
});
