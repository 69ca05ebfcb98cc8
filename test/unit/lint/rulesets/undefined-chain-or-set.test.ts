import { describe, expect, it } from 'vitest';
import { readScript } from '../../../../src/codec/shell/read-script.ts';
import { EMPTY_STATE } from '../../../../src/kernel/state.ts';
import { undefinedChainOrSet } from '../../../../src/lint/checks/undefined-chain-or-set.ts';
import { unknownTarget } from '../../../../src/lint/checks/unknown-target.ts';
import { lint } from '../../../../src/lint/lint.ts';
import { findings, machineOf, messages } from '../machine-of.ts';
import { save, table } from './table.ts';

describe('undefined-chain-or-set', () => {
  it('names what was probably meant', () => {
    expect(messages(undefinedChainOrSet, save('-A INPUT -j usr', '-A FORWARD -g nowhere'))).toEqual([
      'error: table filter has no chain "usr" (did you mean user?): iptables-restore refuses the whole table',
      'error: table filter has no chain "nowhere": iptables-restore refuses the whole table',
    ]);
  });

  it('in a script one command is refused', () => {
    const text =
      '#!/bin/sh\niptables -A INPUT \\\n  -j usr\nip6tables -A FORWARD -j usr\nip6tables -A INPUT -j usr\n';
    const { tables } = readScript(text, 'fw.sh');
    const machine = {
      ...machineOf({}),
      state: { ...EMPTY_STATE, tables },
      sources: new Map([['fw.sh', text]]),
    };
    const found = lint(machine, [undefinedChainOrSet]);
    expect(found[0]?.path[0]?.rule).toBe('iptables -A INPUT -j usr');
    expect(found.map(({ message }) => message)).toEqual([
      'table filter has no chain "usr": iptables refuses the rule',
      'table filter has no chain "usr", which 2 rules use: ip6tables refuses them',
    ]);
  });

  it('a word in capitals is a slip only where it is nearly a chain', () => {
    const rules = table(
      'filter',
      ['INPUT', 'LOGDROP'],
      '-A INPUT -s 192.0.2.9 -j LOGDROP',
      '-A INPUT -s 192.0.2.8 -j LOGDRP',
      '-A LOGDROP -j DROP',
    ).replace(':LOGDROP ACCEPT', ':LOGDROP -');
    expect(findings(undefinedChainOrSet, { 'rules.v4': rules }).map(({ key }) => key)).toEqual([
      'ip filter chain LOGDRP',
    ]);
    expect(findings(undefinedChainOrSet, save('-A INPUT -j VENDOR'))).toEqual([]);
    expect(messages(unknownTarget, save('-A INPUT -j VENDOR'))).toHaveLength(1);
  });

  it('a table without any builtin chain is a part of one, and may name what the others make', () => {
    const part = (own: string) =>
      `*filter\n${own}:ufw-before-input - [0:0]\n-A ufw-before-input -i lan0 -j ufw-logging-deny\nCOMMIT\n`;
    expect(findings(undefinedChainOrSet, { 'before.rules': part('') })).toEqual([]);
    expect(findings(undefinedChainOrSet, { 'before.rules': part(':INPUT ACCEPT [0:0]\n') })).toHaveLength(1);
  });

  it('ipsets are looked for where some are given', () => {
    const rules = save(
      '-A INPUT -m set --match-set clients src -j ACCEPT',
      '-A INPUT -p tcp -j SET --add-set seen src',
    );
    expect(findings(undefinedChainOrSet, rules)).toEqual([]);
    const given = {
      ...rules,
      'ipset.txt': 'create client hash:net family inet\ncreate seen hash:ip family inet\n',
    };
    expect(messages(undefinedChainOrSet, given)).toEqual([
      'error: there is no ipset "clients" (did you mean client?): iptables-restore refuses the whole ruleset',
    ]);
  });
});
