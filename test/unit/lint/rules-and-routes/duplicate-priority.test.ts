import { describe, expect, it } from 'vitest';
import { duplicatePriority } from '../../../../src/lint/checks/duplicate-priority.ts';
import { findings, messages } from '../machine-of.ts';
import { routes, rules, WAN1 } from './router.ts';

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

  it('knows what a selector that is turned round leaves over', () => {
    expect(same('not from 192.168.1.0/24 lookup 101', 'from 192.168.1.0/24 lookup 102')).toEqual([]);
    expect(same('from 192.168.1.7 lookup 101', 'not from 192.168.1.0/24 lookup 102')).toEqual([]);
    expect(same('not from all fwmark 0x1/0x1 lookup 101', 'from all fwmark 0x3 lookup 102')).toEqual([]);
    expect(same('not from all dport 80-90 lookup 101', 'from all dport 80 lookup 102')).toEqual([]);
    expect(same('not from 192.168.1.0/24 lookup 101', 'from 192.168.0.0/16 lookup 102')).toHaveLength(1);
    expect(
      same('not from 192.168.1.0/24 iif lan0 lookup 101', 'from 192.168.1.0/24 lookup 102'),
    ).toHaveLength(1);
    expect(same('not from all fwmark 0x1/0x1 lookup 101', 'from all fwmark 0x2 lookup 102')).toHaveLength(1);
    expect(same('not from all fwmark 0x1 lookup 101', 'not from all fwmark 0x2 lookup 102')).toHaveLength(1);
  });

  it('moves the first of them before the other where nothing is free before main', () => {
    const [finding] = findings(duplicatePriority, {
      'rules.txt': rules(
        '32765:\tfrom all fwmark 0x2/0x2 lookup 102',
        '32765:\tfrom all fwmark 0x1/0x1 lookup 101',
      ),
    });
    expect(finding?.cure?.split('\n')[1]).toBe(
      'ip rule add from all fwmark 0x2/0x2 lookup 102 priority 32764',
    );
  });

  it('moves none past others', () => {
    const cure = (...more: string[]) =>
      findings(duplicatePriority, {
        'rules.txt': rules(
          '100:\tfrom all fwmark 0x2/0x2 lookup 102',
          '100:\tfrom all fwmark 0x1/0x1 lookup 101',
          ...more,
        ),
      })[0]?.cure;
    const [before, behind] = ['99:\tfrom 192.0.2.1 lookup 103', '101:\tfrom 192.0.2.2 lookup 104'];
    expect(cure(before)).toContain('fwmark 0x1/0x1 lookup 101 priority 101\n');
    expect(cure(behind)).toContain('fwmark 0x2/0x2 lookup 102 priority 99\n');
    expect(cure(before, behind)).toMatch(/^give each a priority of its own; none is free beside 100/);
  });

  it('shows a packet that both take, by its mark and its network', () => {
    const shownBy = (a: string, b: string) =>
      findings(duplicatePriority, {
        'rules.txt': rules(`100:\t${a}`, `100:\t${b}`),
        'routes.txt': routes(WAN1, 'default via 192.0.2.1 dev wan0 table 102'),
      })[0]?.flow;
    const marked = shownBy('from all fwmark 0x2/0x2 lookup 102', 'from all fwmark 0x1/0x1 lookup 101');
    expect(marked?.packets[0]?.mark).toBe(3);
    expect(marked?.packets[0]?.exit).toMatch(/^wan0/);
    const narrow = shownBy('from 192.168.1.20 lookup 102', 'from 192.168.0.0/16 lookup 101');
    expect(narrow?.flow.source).toBe('192.168.1.20');
  });
});
