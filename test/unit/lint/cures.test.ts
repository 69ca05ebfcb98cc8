import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/lint/check.ts';
import { acceptBeforeSave } from '../../../src/lint/checks/accept-before-save.ts';
import { configInvalid } from '../../../src/lint/checks/config-invalid.ts';
import { localReplyLosesMark } from '../../../src/lint/checks/local-reply-loses-mark.ts';
import { replyOverwritesMark } from '../../../src/lint/checks/reply-overwrites-mark.ts';
import { rerollWhileNew } from '../../../src/lint/checks/reroll-while-new.ts';
import { restoreInWrongHook } from '../../../src/lint/checks/restore-in-wrong-hook.ts';
import { undefinedChainOrSet } from '../../../src/lint/checks/undefined-chain-or-set.ts';
import { unmaskedFwmarkRule } from '../../../src/lint/checks/unmasked-fwmark-rule.ts';
import { inScript } from '../../../src/lint/cures/in-script.ts';
import { scriptCure } from '../../../src/lint/cures/script-cure.ts';
import type { Finding } from '../../../src/lint/finding.ts';
import { type Files, findings } from './machine-of.ts';
import { match, meta, nftRuleset, payload } from './nft-ruleset.ts';

describe('a cure has its line in the syntax of the file, with the bits that route', () => {
  const lines: readonly (readonly [Check, string])[] = [
    [acceptBeforeSave, '-A CHOOSE -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff'],
    [
      rerollWhileNew,
      '-A PREROUTING -i lan0 -m conntrack --ctstate NEW -m connmark --mark 0x0/0xff -j CHOOSE',
    ],
    [
      replyOverwritesMark,
      '-A PREROUTING -m connmark --mark 0x0/0xff -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff',
    ],
    [localReplyLosesMark, '-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff'],
    [restoreInWrongHook, '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff'],
  ];
  it.each(lines)('$id', (check, line) => {
    const [found] = findings(check, check.bad.files);
    expect(found?.cure?.split('\n')).toEqual([expect.stringMatching(/:$/), line]);
  });
});

it('a mark beside other bits is shown on a packet that is routed by it, not on one for this machine', () => {
  const { 'rules.txt': rules, ...files } = unmaskedFwmarkRule.bad.files;
  const ipv4 = `${rules}32767:\tfrom all lookup default\n`;
  const [found] = findings(unmaskedFwmarkRule, { ...files, 'rules.txt': ipv4 });
  expect(found?.flow?.packets.map(({ exit }) => exit)).not.toContain('this machine');
  expect(found?.flow?.packets).toHaveLength(2);
});

describe('what a set is declared as follows from what is looked up in it', () => {
  const input = (...rule: readonly unknown[]) => ({
    'ruleset.json': nftRuleset('inet', { hook: 'input', priority: 0, rules: [rule] }),
  });
  const sets: readonly (readonly [cure: string, left: unknown])[] = [
    ['set wanted { type inet_service; }', payload('tcp', 'dport')],
    ['set wanted { type ipv6_addr; }', payload('ip6', 'saddr')],
    ['set wanted { type ifname; }', meta('iifname')],
    [
      'set wanted { type ipv4_addr . inet_service; }',
      { concat: [payload('ip', 'saddr'), payload('tcp', 'dport')] },
    ],
  ];
  it.each(sets)('%s', (cure, left) => {
    const found = findings(undefinedChainOrSet, input(match(left, '@wanted'), { drop: null }));
    expect(found.map((one) => one.cure)).toEqual([cure]);
  });

  it('and a map to chains as a map', () => {
    const found = findings(undefinedChainOrSet, input({ vmap: { key: meta('mark'), data: '@ways' } }));
    expect(found.map((one) => one.cure)).toEqual(['map ways { type mark : verdict; }']);
  });
});

describe('in a script a cure is a command of it', () => {
  const finding = (cure: string, span: Finding['span']): Finding => ({
    check: 'x',
    severity: 'note',
    message: '',
    span,
    path: [],
    cure,
    key: '',
  });
  const text = '#!/bin/sh\nIPT="iptables -w"\n$IPT -t mangle -A PREROUTING -i lan0 -j ACCEPT\nmark 0x1\n';
  const at = (words: string) => {
    const start = text.indexOf(words);
    return { file: 'fw.sh', start, end: start + words.length };
  };
  const sources = new Map([['fw.sh', text]]);
  const cure = (given: string, words: string) => inScript({ sources }, finding(given, at(words))).cure;

  it('as the rule it stands at is written', () => {
    const words = '$IPT -t mangle -A PREROUTING -i lan0 -j ACCEPT';
    expect(cure('do it:\n-A CHOOSE -j RETURN', words)).toBe('do it:\n$IPT -t mangle -A CHOOSE -j RETURN');
  });

  it('in the table that a save names in a line of its own', () => {
    expect(cure('do it:\n*raw\n-A PREROUTING -j ACCEPT\nCOMMIT', 'mark 0x1')).toBe(
      'do it:\niptables -t raw -A PREROUTING -j ACCEPT',
    );
  });

  it('or that its target is of', () => {
    expect(cure('-A CHOOSE -j MARK --set-xmark 0x1/0xff', 'mark 0x1')).toBe(
      'iptables -t mangle -A CHOOSE -j MARK --set-xmark 0x1/0xff',
    );
    expect(cure('-A POSTROUTING -o wan1 -j MASQUERADE', 'mark 0x1')).toBe(
      'iptables -t nat -A POSTROUTING -o wan1 -j MASQUERADE',
    );
  });

  it('and as the command that makes a chain', () => {
    expect(cure(':CHOOSE - [0:0]', '$IPT -t mangle -A PREROUTING -i lan0 -j ACCEPT')).toBe(
      '$IPT -t mangle -N CHOOSE',
    );
  });

  it('and elsewhere stays what it is', () => {
    const save = new Map([['fw.sh', '*filter\n-A INPUT -j ACCEPT\nCOMMIT\n']]);
    const found = finding('-A INPUT -j DROP', { file: 'fw.sh', start: 8, end: 26 });
    expect(inScript({ sources: save }, found)).toBe(found);
  });
});

it('a cure for what a script keeps from being read has the commands that tell what it makes', () => {
  const text =
    '#!/bin/sh\nfor p in $(cat ports); do\n  ip6tables -A INPUT -p tcp --dport $p -j DROP\ndone\nip rule add fwmark 1 lookup 101\n';
  const start = text.indexOf('for');
  const sources = new Map([['fw.sh', text]]);
  const cure = scriptCure(sources, { file: 'fw.sh', start, end: text.indexOf('done') });
  expect(cure).toContain('line 2 (`for p in $(cat ports); do`)');
  expect(cure.split('\n').slice(1)).toEqual(['ip6tables-save > rules.v6', 'polywan lint rules.v6']);
});

it.each([
  ['ip netns exec blue iptables -A INPUT -j DROP', 'ip netns exec blue iptables-save > rules.v4'],
  ['ip -6 -n "$NS" rule add fwmark 1 lookup 101', 'ip netns exec "$NS" ip -6 rule > ip-6-rule.txt'],
])('the cure for what is done in another network namespace looks there: %s', (text, command) => {
  const cure = scriptCure(new Map([['fw.sh', text]]), { file: 'fw.sh', start: 0, end: text.length });
  expect(cure.split('\n')[1]).toBe(command);
});

describe('what config refuses is cured by its own description', () => {
  const site = (policies: string) => `version: 1\nlan: [lan0]\npolicies:\n  all: ${policies}\n`;
  const files = (
    policies: string,
    profile = 'name: fiber\ninterface: wan0\ngateway: 192.0.2.1\n',
  ): Files => ({
    'polywan.yaml': site(policies),
    'profiles/fiber.yaml': profile,
  });
  const cases: readonly (readonly [title: string, files: Files, cure: readonly string[]])[] = [
    ['a word that is near', files('{ members: [{ wan: fibre }] }'), ['did you mean "fiber"?']],
    [
      'a value of another kind',
      files('{ members: [{ wan: fiber }], failback_after: soon }'),
      [
        'for instance:',
        'failback_after: 60s',
        'what it may be, and why: polywan explain policies.NAME.failback_after',
      ],
    ],
    [
      'something that is missing',
      files('{ members: [{ wan: fiber }] }', 'name: fiber\ngateway: 192.0.2.1\n'),
      ['for instance:', 'interface: wan0', 'what it may be, and why: polywan explain interface'],
    ],
    [
      'what does not go with something else has no example',
      files(
        '{ members: [{ wan: fiber }] }',
        'name: fiber\ninterface: wan0\ngateway: 192.0.2.1\nmark: 0x1ff\n',
      ),
      ['what it may be, and why: polywan explain mark'],
    ],
    [
      'profiles that are not there are no matter of the first key',
      { 'polywan.yaml': 'version: 1\nlan: [lan0]\n' },
      ['what it may be, and why: polywan explain profiles'],
    ],
  ];
  it.each(cases)('%s', (_, given, cure) => {
    const [found] = findings(configInvalid, given);
    expect(found?.cure?.split('\n')).toEqual(cure);
  });
});
