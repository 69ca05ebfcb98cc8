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

it('without policy rules, what carries no mark leaves where main’s default is given', () => {
  const entries = ['wan0', 'wan1'].map(
    (wan, at) =>
      `-A PREROUTING -i ${wan} -m conntrack --ctstate NEW -j CONNMARK --set-xmark 0x${at + 1}/0xff`,
  );
  const restore = '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
  const marked = (mark: number) =>
    defects({
      'rules.v4': mangle(restore, ...entries, NEW.replace('0x2', `0x${mark}`)) + NAT,
      'routes.txt': MAIN_ONLY,
    });
  expect(marked(2)).toEqual(['mark-not-saved at PREROUTING 4']);
  expect(marked(1)).toEqual([]);
});

it('without policy rules, a mark that nothing ties to an uplink is taken to leave by another one than main’s default', () => {
  const files = { 'rules.v4': mangle(NEW) + NAT, 'routes.txt': MAIN_ONLY };
  const [found] = lint(machineOf(files)).filter(({ check }) => check === 'mark-not-saved');
  expect(found?.assumed?.[0]).toMatch(/\(0x2\/0xff by wan1\), what has none of them by wan0$/);
});

it('a table that is listed with all others, and has no route, is empty', () => {
  expect(defects(filesOf(ROUTES.replace(/.*table 102\n/, ''), NEW))).toEqual([]);
});

it('a gateway without a device is behind an uplink of its own, or behind the one that has its mark', () => {
  const gateways = 'default via 198.51.100.1 table 101\ndefault via 203.0.113.1 table 102\n';
  const taken = (...lines: string[]) =>
    lint(machineOf(filesOf(gateways, ...lines))).find(({ check }) => check === 'mark-not-saved')
      ?.assumed?.[0];
  expect(defects(filesOf(gateways, NEW))).toEqual(['mark-not-saved at PREROUTING 1']);
  expect(taken(NEW)).toBe(
    'no devices were given for gateways: each is taken to be behind a WAN of its own (198.51.100.1 by wan-of-198.51.100.1, 203.0.113.1 by wan-of-203.0.113.1)',
  );
  const entry = '-A PREROUTING -i wan2 -m conntrack --ctstate NEW -j CONNMARK --set-xmark 0x2/0xff';
  expect(taken(entry, NEW)).toContain('203.0.113.1 by wan2');
});

it('two tables with one gateway are one uplink', () => {
  const gateway = 'default via 198.51.100.1\ndefault via 198.51.100.1 table 102\n';
  expect(defects(filesOf(gateway, NEW))).toEqual([]);
});
