import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { patientLookUp } from '../../../src/host/node/patient-look-up.ts';

it('a name is looked up once at a time, and waited for no longer than the timeout', async () => {
  const asked: string[] = [];
  let answer = (_address: string): void => {};
  const lookUp = patientLookUp((host, family) => {
    asked.push(`${host} ${family}`);
    return new Promise((done) => {
      answer = done;
    });
  });
  const silent = Array.from({ length: 100 }, () => lookUp('host.example', 4, 10));
  expect(await Promise.all(silent)).toEqual(silent.map(() => 'silent'));
  expect(asked).toEqual(['host.example 4']);
  const patient = [lookUp('host.example', 4, 5000), lookUp('host.example', 4, 5000)];
  answer('203.0.113.9');
  expect(await Promise.all(patient)).toEqual(patient.map(() => ({ address: '203.0.113.9' })));
  expect(asked).toHaveLength(1);
  void lookUp('host.example', 6, 10);
  void lookUp('host.example', 4, 10);
  await pause(20);
  expect(asked).toEqual(['host.example 4', 'host.example 6', 'host.example 4']);
});
