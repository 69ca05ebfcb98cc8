import { expect, it } from 'vitest';
import { ask } from '../../../src/monitor/control/ask.ts';
import { fakeClock, fakeHost } from './fake-host.ts';

/** Asks a monitor that answers after so long, while it lives; gives the answer, and when it was there. */
async function answerAfter(ms: number): Promise<readonly [answer: unknown, atMs: number]> {
  const clock = fakeClock();
  const record = { version: 1, pid: 7, start: '1', down: [], held: {} };
  const host = fakeHost({
    env: () => undefined,
    resolvePath: (...parts) => parts.join('/'),
    readFile: () => JSON.stringify(record),
    processStart: () => '1',
    askSocket: async (_path, _line, timeoutMs) => {
      clock.pass(Math.min(ms, timeoutMs));
      return ms > timeoutMs ? undefined : '{"answer":"done"}';
    },
  });
  return [await ask(host, { ask: 'wan', wan: 'fiber', word: 'down' }), clock.monotonicMs()];
}

it('a monitor is heard on a machine that stands still for some seconds, and one that hangs is named soon after', async () => {
  expect(await answerAfter(5000)).toEqual([{ answer: 'done' }, 5000]);
  const [answer, atMs] = await answerAfter(60_000);
  expect(answer).toEqual({ answer: 'none', pid: 7 });
  expect(atMs).toBeLessThan(20_000);
});
