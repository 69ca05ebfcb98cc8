import { describe, expect, it } from 'vitest';
import { jumpLoop } from '../../../../src/lint/checks/jump-loop.ts';
import { findings } from '../machine-of.ts';
import { table } from './table.ts';

describe('jump-loop', () => {
  it('a chain that calls itself, and a circle of three, are one loop each', () => {
    const loops = (...rules: readonly string[]) =>
      findings(jumpLoop, { 'rules.v4': table('filter', ['INPUT', 'a', 'b', 'c'], ...rules) }).map(
        ({ message }) => message,
      );
    expect(loops('-A INPUT -j a', '-A a -p tcp -j a')).toEqual([
      'chains of table filter jump in a circle (a → a): the kernel refuses the whole table',
    ]);
    expect(loops('-A INPUT -j a', '-A a -j b', '-A b -g c', '-A c -p tcp -j a')).toEqual([
      'chains of table filter jump in a circle (a → b → c → a): the kernel refuses the whole table',
    ]);
    expect(loops('-A INPUT -j a', '-A INPUT -j b', '-A a -j c', '-A b -j c', '-A b -j a')).toEqual([]);
  });

  it('a long row of chains is followed to its end', () => {
    const names = Array.from({ length: 5000 }, (_, at) => `c${at}`);
    const rules = names.map((name, at) => `-A ${name} -j ${names[at + 1] ?? 'c0'}`);
    expect(findings(jumpLoop, { 'rules.v4': table('filter', ['INPUT', ...names], ...rules) })).toHaveLength(
      1,
    );
  });
});
