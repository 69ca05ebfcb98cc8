import { expect, it } from 'vitest';
import { CHECKS } from '../../../src/lint/checks.ts';
import { lint } from '../../../src/lint/lint.ts';
import { machineOf } from './machine-of.ts';

const LACKING = CHECKS.filter(({ id, lacks }) => lacks === true && id !== 'undefined-chain-or-set');

it.each(LACKING)('$id is a note where commands could not be read that may do what is missing', (check) => {
  const machine = machineOf(check.bad.files);
  const unread = [{ message: 'this command is not read', span: { file: 'fw.sh', start: 0, end: 0 } }];
  const whole = lint(machine, [check]);
  const found = lint({ ...machine, unchecked: unread }, [check]);
  expect(found.map(({ key }) => key)).toEqual(whole.map(({ key }) => key));
  for (const { severity, assumed } of found) {
    expect(severity).toBe('note');
    expect(assumed?.at(-1)).toBe('the command that is not read does not make up for it');
  }
});

it('what stands there stays as grave as it is', () => {
  const [check] = CHECKS.filter(({ id }) => id === 'accept-before-save');
  if (check === undefined) throw new Error('the headline is gone');
  const unread = [{ message: 'this command is not read', span: { file: 'fw.sh', start: 0, end: 0 } }];
  const found = lint({ ...machineOf(check.bad.files), unchecked: unread }, [check]);
  expect(found.map(({ severity }) => severity)).toEqual(['error']);
});
