import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../src/apply/refusal.ts';
import { owedRecords } from '../../../src/monitor/act/owed-records.ts';

describe('records of what was done', () => {
  it('that cannot be written are told once, and written later with their last text', () => {
    const problems: string[] = [];
    const written: string[] = [];
    let room = 0;
    const write = (text: string) => () => {
      if (room === 0) throw new Refusal('no space');
      room -= 1;
      written.push(text);
    };
    const records = owedRecords((message) => problems.push(message));
    records.write('demand', write('demand 1'));
    records.write('applied', write('applied 1'));
    records.write('demand', write('demand 2'));
    records.settle();
    expect(records.areOwed()).toBe(true);
    expect(problems).toEqual(['what other commands are to know of the WANs is not kept: no space']);
    room = 1;
    records.settle();
    expect(written).toEqual(['demand 2']);
    expect(records.areOwed()).toBe(true);
    room = 9;
    records.settle();
    expect(written).toEqual(['demand 2', 'applied 1']);
    expect(records.areOwed()).toBe(false);
    expect(problems).toHaveLength(1);
    room = 0;
    records.write('demand', write('demand 3'));
    expect(problems).toHaveLength(2);
  });

  it('are not owed any more once all were written anew', () => {
    const records = owedRecords(() => {});
    let tries = 0;
    records.write('demand', () => {
      tries += 1;
      throw new Refusal('no space');
    });
    records.forget();
    records.settle();
    expect(records.areOwed()).toBe(false);
    expect(tries).toBe(1);
  });
});
