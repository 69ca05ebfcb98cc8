import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/lint/check.ts';
import { acceptBeforeSave } from '../../../src/lint/checks/accept-before-save.ts';
import { localReplyLosesMark } from '../../../src/lint/checks/local-reply-loses-mark.ts';
import { replyOverwritesMark } from '../../../src/lint/checks/reply-overwrites-mark.ts';
import { rerollWhileNew } from '../../../src/lint/checks/reroll-while-new.ts';
import { restoreInWrongHook } from '../../../src/lint/checks/restore-in-wrong-hook.ts';
import { unmaskedFwmarkRule } from '../../../src/lint/checks/unmasked-fwmark-rule.ts';
import { findings } from './machine-of.ts';

describe('a cure has its line in the syntax of the file, with the bits that route', () => {
  const lines: readonly (readonly [Check, string])[] = [
    [acceptBeforeSave, '-A CHOOSE -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff'],
    [rerollWhileNew, '-m connmark --mark 0x0/0xff'],
    [replyOverwritesMark, '-m connmark --mark 0x0/0xff'],
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
