import { describe, expect, it } from 'vitest';
import { duplicatePriority } from '../../../../src/lint/checks/duplicate-priority.ts';
import { messages } from '../machine-of.ts';
import { rules } from './router.ts';

describe('duplicate-priority', () => {
  const same = (a: string, b: string) =>
    messages(duplicatePriority, { 'rules.txt': rules(`100:\t${a}`, `100:\t${b}`) });

  it('finds two rules that the same packet may meet', () => {
    expect(same('from 192.168.1.0/24 lookup 101', 'from all fwmark 0x1/0xff lookup 102')).toHaveLength(1);
    expect(
      same('from all fwmark 0x1/0xff lookup 101', 'from all fwmark 0x100/0xff00 lookup 102'),
    ).toHaveLength(1);
    expect(same('not from all fwmark 0x1 lookup 101', 'from all fwmark 0x2 lookup 102')).toHaveLength(1);
    expect(same('from all uidrange 0-10 lookup 101', 'from all uidrange 5-20 lookup 102')).toHaveLength(1);
  });

  it('is silent where they exclude each other, or do the same', () => {
    expect(same('from all fwmark 0x1/0xff lookup 101', 'from all fwmark 0x2/0xff lookup 102')).toEqual([]);
    expect(same('from 192.168.1.0/24 lookup 101', 'from 192.168.2.0/24 lookup 102')).toEqual([]);
    expect(same('from all iif lan0 lookup 101', 'from all iif lan1 lookup 102')).toEqual([]);
    expect(same('from all uidrange 0-0 lookup 101', 'from all uidrange 1000-1000 lookup 102')).toEqual([]);
    expect(same('from 192.168.1.0/24 lookup 101', 'from all iif lan0 lookup 101')).toEqual([]);
  });
});
