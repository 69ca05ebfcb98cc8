import { describe, expect, it } from 'vitest';
import type { LintedOne } from '../../../../src/cli/lint/lint-one.ts';
import type { PlannedMachine } from '../../../../src/cli/lint/plan-machines.ts';
import { type SharedWork, shareWork, type Task } from '../../../../src/cli/lint/share-work.ts';
import type { Conversation, Host, ProcessResult } from '../../../../src/host/host.ts';

/** A helper that answers when it is told to, and what it was asked. */
function helper() {
  const asked: number[] = [];
  let say: (chunk: string) => void = () => {};
  let over: (result: ProcessResult) => void = () => {};
  const ended = new Promise<ProcessResult>((done) => {
    over = done;
  });
  const end = () => over({ code: 0, stdout: '', stderr: '' });
  const child: Conversation = {
    pid: 1,
    write: (text) => asked.push((JSON.parse(text) as Task).at),
    onOutput: (listener) => {
      say = listener;
    },
    onErrors: () => {},
    end: () => ended,
    kill: end,
    ended,
  };
  const lineOf = (at: number) => `${JSON.stringify({ at, linted: linted(at) })}\n`;
  return {
    child,
    asked,
    say: (text: string) => say(text),
    answer: (at: number) => say(lineOf(at)),
    lineOf,
    end,
  };
}

const linted = (at: number) => ({ notes: [`${at} by a helper`] }) as unknown as LintedOne;

function sharing(count: number, from = 0) {
  const one = helper();
  const host = {
    processors: () => 2,
    self: () => ['polywan'],
    converse: () => one.child,
    hearEvents: async () => {},
    optimizeLate: () => {},
  } as unknown as Host;
  const machines = Array.from({ length: count }, (_, at): PlannedMachine => ({ name: `m${at}`, files: [] }));
  return { ...one, work: shareWork(host, machines, from) };
}

async function mine(work: SharedWork, places: readonly number[]): Promise<readonly boolean[]> {
  return Promise.all(places.map(async (at) => (await work.take(at)) === undefined));
}

describe('work that is shared', () => {
  it('is done from both ends, each machine once', async () => {
    const { work, asked, answer } = sharing(100);
    expect(asked).toEqual([99, 98, 97, 96]);
    expect(await mine(work, [0, 1, 2])).toEqual([true, true, true]);
    // The first three are taken, so that the fourth is the last one to be given away.
    for (let at = 99; at >= 3; at -= 1) answer(at);
    expect(asked.at(-1)).toBe(3);
    expect(asked).toHaveLength(97);
    expect(await work.take(3)).toEqual(linted(3));
  });

  it('is told of as it is answered, in whatever pieces that comes', async () => {
    const { work, say, lineOf } = sharing(100);
    const line = lineOf(99) + lineOf(97);
    say(line.slice(0, 10));
    say(line.slice(10));
    expect(await work.take(99)).toEqual(linted(99));
    expect(await work.take(97)).toEqual(linted(97));
  });

  it('is still to be done where the helper ends, or says what is no answer', async () => {
    const dead = sharing(100);
    dead.answer(98);
    dead.end();
    expect(await mine(dead.work, [95, 96, 97, 98, 99])).toEqual([true, true, true, false, true]);
    const mad = sharing(100);
    mad.say('what?\n');
    expect(await mine(mad.work, [96, 99])).toEqual([true, true]);
  });

  it('is none where it does not pay, nor before the first that may be given away', async () => {
    expect(sharing(99).asked).toEqual([]);
    expect(sharing(150, 100).asked).toEqual([]);
    const { asked, answer } = sharing(200, 100);
    for (let at = 199; at >= 100; at -= 1) answer(at);
    expect(asked.at(-1)).toBe(100);
  });
});
