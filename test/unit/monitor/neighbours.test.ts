import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../../src/host/host.ts';
import { parseNeighbourLine } from '../../../src/monitor/probe/neighbour-line.ts';
import { startNeighbours } from '../../../src/monitor/probe/neighbours.ts';
import { fakeClock, fakeHost } from './fake-host.ts';

const KEY = 'fe80::1 dev wan0';

/** Two children of `ip`: what was written to the one that asks, and the lines that both say. */
function world() {
  const clock = fakeClock();
  const asked: string[] = [];
  const say = new Map<string, (text: string) => void>();
  let endAsker = (): void => {};
  let started = 0;
  const killed: string[] = [];
  const host = fakeHost({
    after: clock.after,
    converse: (_, words) => {
      const role = words.includes('monitor') ? 'listener' : 'asker';
      if (role === 'asker') started += 1;
      return {
        write: (text: string) => void asked.push(...text.trim().split('\n')),
        onOutput: (listener: (text: string) => void) => void say.set(role, listener),
        onErrors: () => {},
        kill: () => void killed.push(role),
        ended: new Promise((done) => {
          if (role === 'asker') endAsker = () => done({ code: 2, stdout: '', stderr: '' });
        }),
      } as unknown as Conversation;
    },
  });
  const neighbours = startNeighbours(host);
  return {
    clock,
    ask: () => neighbours.ask('fe80::1', 'wan0', 500),
    told: () => asked.splice(0),
    shown: (line: string) => say.get('asker')?.(`${line}\n`),
    heard: (line: string) => say.get('listener')?.(`${line}\n`),
    die: async (which = endAsker) => {
      which();
      await Promise.resolve();
      await Promise.resolve();
    },
    asker: () => endAsker,
    started: () => started,
    standDown: () => neighbours.standDown(),
    killed,
  };
}

describe('a gateway that is asked', () => {
  it('is looked for when the kernel does not know it, and verified once it does', async () => {
    const { ask, told, heard } = world();
    const first = ask();
    expect(told()).toEqual([`neigh replace ${KEY} use`, 'neigh show to fe80::1']);
    heard(`${KEY} lladdr 02:00:00:00:00:01 router REACHABLE`);
    await expect(first).resolves.toBe('well');
    void ask();
    expect(told()).toEqual([`neigh change ${KEY} nud probe`]);
  });

  it('is verified when it is known from before, however long ago', async () => {
    const { ask, told, shown, heard } = world();
    const answer = ask();
    told();
    shown('fe80::1 dev wan7 lladdr 02:00:00:00:00:07 STALE');
    shown(`${KEY} lladdr 02:00:00:00:00:01 router STALE `);
    expect(told()).toEqual([`neigh change ${KEY} nud probe`]);
    heard(`${KEY} lladdr 02:00:00:00:00:01 router PROBE`);
    heard(`${KEY} lladdr 02:00:00:00:00:01 router REACHABLE`);
    await expect(answer).resolves.toBe('well');
  });

  it('is looked for anew after a time in which nobody was asked, and no process stayed for that', async () => {
    const { ask, told, heard, standDown, killed, started, die, asker } = world();
    const first = ask();
    const firstAsker = asker();
    heard(`${KEY} lladdr 02:00:00:00:00:01 router REACHABLE`);
    await expect(first).resolves.toBe('well');
    const second = ask();
    standDown();
    await expect(second).resolves.toBe('unsent');
    expect(killed.toSorted()).toEqual(['asker', 'listener']);
    told();
    void ask();
    expect(told()).toEqual([`neigh replace ${KEY} use`, 'neigh show to fe80::1']);
    // The one that was killed ends only now.
    await die(firstAsker);
    void ask();
    expect(started()).toBe(2);
  });

  it('is not verified, which would end the child, while it is being looked for', () => {
    const { ask, told, shown } = world();
    void ask();
    told();
    shown(`${KEY} INCOMPLETE`);
    expect(told()).toEqual([]);
  });

  it.each([`${KEY}  FAILED`, `Deleted ${KEY} lladdr 02:00:00:00:00:01 router REACHABLE`])(
    'is looked for anew after: %s',
    async (line) => {
      const { ask, told, heard, clock } = world();
      void ask();
      heard(`${KEY} lladdr 02:00:00:00:00:01 REACHABLE`);
      heard(line);
      told();
      const answer = ask();
      expect(told()).toEqual([`neigh replace ${KEY} use`, 'neigh show to fe80::1']);
      clock.pass(500);
      await expect(answer).resolves.toBe('silent');
    },
  );

  it('is looked for by another child when the first one has ended', async () => {
    const { ask, told, heard, die, started } = world();
    void ask();
    heard(`${KEY} lladdr 02:00:00:00:00:01 REACHABLE`);
    await die();
    told();
    void ask();
    expect([told()[0], started()]).toEqual([`neigh replace ${KEY} use`, 2]);
  });
});

describe('a line about a neighbour', () => {
  it.each([
    ['198.51.100.1 dev wan0 lladdr 02:00:00:00:00:01 REACHABLE', '198.51.100.1 dev wan0', 'reachable'],
    ['198.51.100.1 dev wan0 lladdr 02:00:00:00:00:01 DELAY ', '198.51.100.1 dev wan0', 'known'],
    ['fe80::1 dev wan0 router INCOMPLETE', 'fe80::1 dev wan0', 'open'],
  ])('is read: %s', (line, key, state) => expect(parseNeighbourLine(line)).toEqual({ key, state }));
});
