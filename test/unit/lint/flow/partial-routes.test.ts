import { expect, it } from 'vitest';
import { lint } from '../../../../src/lint/lint.ts';
import { machineOf } from '../machine-of.ts';
import { defects, mangle, NAT, ROUTES, RULES } from './defects.ts';

const NEW = '-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff';
const LATE = '-A POSTROUTING -d 198.18.0.0/16 -j MARK --set-xmark 0x2/0xff';
const MAIN_ONLY = ROUTES.split('\n')
  .filter((line) => !line.includes('table'))
  .join('\n');
const TABLE_ONLY = 'default via 203.0.113.1 dev wan2 table 102\n';

const filesOf = (routes: string, ...lines: string[]) => ({
  'rules.v4': mangle(...lines) + NAT,
  'rules.txt': RULES,
  'routes.txt': routes,
});

it('a listing of main alone says nothing of the tables that policy rules name', () => {
  const files = filesOf(MAIN_ONLY, NEW);
  expect(defects(files)).toEqual(['mark-not-saved at PREROUTING 1']);
  const [found] = lint(machineOf(files)).filter(({ check }) => check === 'mark-not-saved');
  expect(found?.assumed).toEqual([
    'no routes were given of some tables: each table is taken to lead out of a WAN of its own (101 by wan-of-table-101, 102 by wan-of-table-102)',
  ]);
});

it('one table’s route says nothing of main', () => {
  expect(defects(filesOf(TABLE_ONLY, LATE))).toEqual(['mark-after-routing at POSTROUTING 1']);
  expect(defects(filesOf(TABLE_ONLY, NEW))).toEqual(['mark-not-saved at PREROUTING 1']);
});

it('a table that is listed with all others, and has no route, is empty', () => {
  expect(defects(filesOf(ROUTES.replace(/.*table 102\n/, ''), NEW))).toEqual([]);
});
