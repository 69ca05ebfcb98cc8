import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/lint/check.ts';
import { defaultByTwoWans } from '../../../src/lint/checks/default-by-two-wans.ts';
import { duplicatePriority } from '../../../src/lint/checks/duplicate-priority.ts';
import { familiesDiffer } from '../../../src/lint/checks/families-differ.ts';
import { forwardReplyByOtherWan } from '../../../src/lint/checks/forward-reply-by-other-wan.ts';
import { markLeaksToMain } from '../../../src/lint/checks/mark-leaks-to-main.ts';
import { markWithoutRule } from '../../../src/lint/checks/mark-without-rule.ts';
import { masqueradeCatchesLoopback } from '../../../src/lint/checks/masquerade-catches-loopback.ts';
import { natBeforeNotrack } from '../../../src/lint/checks/nat-before-notrack.ts';
import { repliesRoutedByMark } from '../../../src/lint/checks/replies-routed-by-mark.ts';
import { restoreNeverFed } from '../../../src/lint/checks/restore-never-fed.ts';
import { tableWithoutDefault } from '../../../src/lint/checks/table-without-default.ts';
import { unmaskedFwmarkRule } from '../../../src/lint/checks/unmasked-fwmark-rule.ts';
import { type Files, findings } from './machine-of.ts';

/** The listing of policy rules after an `ip rule` command. */
function afterRule(listing: string, verb: string, words: string): string {
  const [, selector = '', priority = ''] = /^(.*) priority (\d+)$/.exec(words) ?? [];
  const line = `${priority}:\t${/^(?:not )?from /.test(selector) ? selector : `from all ${selector}`}`;
  const lines = listing.split('\n').filter((one) => one !== '' && (verb === 'add' || one !== line));
  if (verb === 'del') expect(listing.split('\n')).toContain(line);
  else lines.push(line);
  return `${lines.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).join('\n')}\n`;
}

/** A listing that has the kernel's last rule is IPv4's. */
function asIpv4(files: Files): Files {
  const { 'rules.txt': listing } = files;
  if (listing === undefined || listing.includes('lookup default')) return files;
  return { ...files, 'rules.txt': `${listing}32767:\tfrom all lookup default\n` };
}

/** A rule put first in its table, which is made where it is not there. */
function withRule(rules: string, table: string, rule: string): string {
  const head = `*${table}\n`;
  if (!rules.includes(head)) return `${rules}${head}:PREROUTING ACCEPT [0:0]\n${rule}\nCOMMIT\n`;
  const from = rules.indexOf(head);
  const at = rules.indexOf('\n-A', from) + 1;
  return `${rules.slice(0, at)}${rule}\n${rules.slice(at)}`;
}

/** What somebody has who does as the cure says; rules for which it names no table go into this one. */
function cured(files: Files, cure: string, table: string): Files {
  const made = { ...files };
  const rules = Object.keys(made).find((name) => name.endsWith('.v4')) ?? 'rules.v4';
  for (const line of cure.split('\n')) {
    const [, verb, words] = /^ip rule (add|del) (.*)$/.exec(line) ?? [];
    const [, route] = /^ip route add (.*)$/.exec(line) ?? [];
    if (verb !== undefined && words !== undefined)
      made['rules.txt'] = afterRule(made['rules.txt'] ?? '', verb, words);
    else if (route !== undefined) made['routes.txt'] = `${made['routes.txt'] ?? ''}${route}\n`;
    else if (line.startsWith('-A ')) made[rules] = withRule(made[rules] ?? '', table, line);
  }
  expect(made).not.toEqual(files);
  return made;
}

const ROUTING = {
  'rules.txt': '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
};

describe('who does as a cure says has nothing left of it', () => {
  const cases: readonly (readonly [title: string, check: Check, files: Files, table: string])[] = [
    ...[
      defaultByTwoWans,
      duplicatePriority,
      markLeaksToMain,
      markWithoutRule,
      repliesRoutedByMark,
      tableWithoutDefault,
      unmaskedFwmarkRule,
    ].map((check) => [check.id, check, check.bad.files, 'mangle'] as const),
    [forwardReplyByOtherWan.id, forwardReplyByOtherWan, forwardReplyByOtherWan.bad.files, 'mangle'],
    [natBeforeNotrack.id, natBeforeNotrack, natBeforeNotrack.bad.files, 'raw'],
    [masqueradeCatchesLoopback.id, masqueradeCatchesLoopback, masqueradeCatchesLoopback.bad.files, 'nat'],
    [restoreNeverFed.id, restoreNeverFed, restoreNeverFed.bad.files, 'mangle'],
    ...[60, 90, 100].map(
      (target) =>
        [
          `replies that a goto leads to ${target}`,
          repliesRoutedByMark,
          {
            ...repliesRoutedByMark.bad.files,
            'rules.txt': `0:\tfrom all lookup local\n50:\tfrom all fwmark 0x1/0xff goto ${target}\n60:\tfrom all iif none lookup 7\n90:\tfrom all iif none lookup 8\n100:\tfrom all fwmark 0x1/0xff lookup 101\n32766:\tfrom all lookup main\n`,
          },
          'mangle',
        ] as const,
    ),
    [
      'two defaults of one metric in tables of nobody',
      defaultByTwoWans,
      {
        ...ROUTING,
        'routes.txt':
          'default proto static\n\tnexthop via 192.0.2.1 dev wan0 weight 1\n\tnexthop dev ppp0 weight 1\n192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2\n198.51.100.9 dev ppp0 proto kernel scope link src 198.51.100.10\nunreachable default table 101\n',
      },
      'mangle',
    ],
    [
      'a table without a default beside a WAN whose gateway nobody says',
      tableWithoutDefault,
      {
        'rules.txt':
          '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1/0xff lookup 101\n32766:\tfrom all lookup main\n',
        'routes.txt':
          'default via 192.0.2.1 dev wan0\n198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2\n192.168.1.0/24 dev lan0 table 101\n',
      },
      'mangle',
    ],
  ];
  it.each(cases)('%s', (_, check, given, table) => {
    const files = asIpv4(given);
    const before = findings(check, files);
    expect(before.length).toBeGreaterThan(0);
    const after = before.reduce<Files>((made, { cure = '' }) => cured(made, cure, table), files);
    expect(findings(check, after).map(({ message }) => message)).toEqual([]);
  });

  it('families-differ', () => {
    const { 'rules.v4': ipv4 = '', 'rules.v6': ipv6 = '' } = familiesDiffer.bad.files;
    const [found] = findings(familiesDiffer, familiesDiffer.bad.files);
    const line = found?.cure?.split('\n').find((one) => one.startsWith('-A ')) ?? '';
    const files = { 'rules.v4': ipv4, 'rules.v6': ipv6.replace('COMMIT', `${line}\nCOMMIT`) };
    expect(findings(familiesDiffer, familiesDiffer.bad.files).length).toBeGreaterThan(0);
    expect(findings(familiesDiffer, files).filter(({ cure }) => cure === found?.cure)).toEqual([]);
  });
});
