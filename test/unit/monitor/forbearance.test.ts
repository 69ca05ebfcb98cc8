import { expect, it } from 'vitest';
import { forbearance, GONE_MS } from '../../../src/monitor/loop/forbearance.ts';
import { fakeClock, fakeHost } from './fake-host.ts';

/** Of each refusal that is borne: whether it is the first in a row. */
function bearing() {
  const clock = fakeClock();
  const firsts: boolean[] = [];
  const patience = forbearance(fakeHost(clock), (isFirst) => firsts.push(isFirst));
  return { ...patience, pass: clock.pass, firsts };
}

it('bears refusals for as long as a device takes to go, and none that lasts', () => {
  const { bears, pass, firsts } = bearing();
  expect(bears('1 2')).toBe(true);
  pass(GONE_MS - 1);
  expect(bears('1 2')).toBe(true);
  pass(1);
  expect(bears('1 2')).toBe(false);
  expect(firsts).toEqual([true, false]);
});

it('begins anew once the work was done', () => {
  const { bears, end, pass } = bearing();
  bears('1 2');
  pass(GONE_MS);
  end();
  expect(bears('1 2')).toBe(true);
});

it('bears a refusal for a device that came back and went once more', () => {
  const { bears, pass, firsts } = bearing();
  bears('1 2');
  pass(GONE_MS);
  expect(bears('1 3')).toBe(true);
  pass(GONE_MS);
  expect(bears('1 3')).toBe(false);
  expect(firsts).toEqual([true, true]);
});
