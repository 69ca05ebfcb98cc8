import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, lint, NOT_CHECKED, write } from './lint-folder.ts';
import { polywan } from './polywan.ts';

describe('suppressions', () => {
  const noisy = '#!/bin/sh\nif [ -f x ]; then iptables -A INPUT -i lan0 -j ACCEPT; fi\n';
  const above = (comment: string) => noisy.replace('\nif', `\n${comment}\nif`);

  it('keep a finding quiet where they give a reason', () => {
    const file = write('fw.sh', above('# polywan-ignore script-not-fully-checked: it is always true'));
    expect(lint(file)).toMatchObject({ code: 0, findings: [] });
    expect(polywan(['lint', file]).stdout).toBe('nothing wrong; 1 suppressed\n');
  });

  it('without a reason, of no check, or of nothing are findings', () => {
    write('a/fw.sh', above('# polywan-ignore script-not-fully-checked'));
    write('b/fw.sh', above('# polywan-ignore script-not-fuly-checked: why'));
    write(
      'c/fw.sh',
      '#!/bin/sh\n# polywan-ignore script-not-fully-checked: why\niptables -A INPUT -i lan0 -j DROP\n',
    );
    expect(lint(folder).findings).toEqual([
      'bad-suppression a/fw.sh:2',
      'script-not-fully-checked a/fw.sh:3',
      'bad-suppression b/fw.sh:2',
      'script-not-fully-checked b/fw.sh:3',
      'unused-suppression c/fw.sh:2',
    ]);
    expect(polywan(['lint', join(folder, 'b')]).stdout).toContain('script-not-fully-checked?');
  });

  it('stand in the settings for many files, and are reported when nothing is left for them', () => {
    write('old/fw.sh', noisy);
    write('new/fw.sh', noisy);
    const ignore = (files: string) =>
      `version: 1\nignores:\n  - files: ${files}\n    checks: script-not-fully-checked\n    reason: goes away\n`;
    write('polywan.lint.yaml', ignore('old/**'));
    expect(lint(folder)).toMatchObject({ findings: ['script-not-fully-checked new/fw.sh:2'] });
    write('polywan.lint.yaml', ignore('older/**'));
    expect(lint(folder).findings).toContain('unused-suppression polywan.lint.yaml:3');
    // Who looks at a part cannot tell.
    expect(lint(join(folder, 'new')).findings).toEqual(['script-not-fully-checked new/fw.sh:2']);
  });
});

describe('settings', () => {
  it('say how grave each check is', () => {
    write('sub/fw.sh', NOT_CHECKED);
    const level = (word: string) =>
      write('polywan.lint.yaml', `version: 1\nchecks: { script-not-fully-checked: ${word} }\n`);
    level('note');
    expect(lint(folder)).toMatchObject({ code: 0, severities: ['note'] });
    level('error');
    expect(lint(folder)).toMatchObject({ code: 1, severities: ['error'] });
    level('off');
    expect(lint(folder)).toMatchObject({ code: 0, severities: [] });
  });

  it('hold no farther up than the repository, or everywhere where they are named', () => {
    write('polywan.lint.yaml', 'version: 1\nchecks: { script-not-fully-checked: off }\n');
    write('repository/.git/HEAD', '');
    write('repository/fw.sh', NOT_CHECKED);
    expect(lint(join(folder, 'repository'))).toMatchObject({ code: 1 });
    expect(lint(join(folder, 'repository'), '--settings', join(folder, 'polywan.lint.yaml'))).toMatchObject({
      code: 0,
    });
  });

  it('that are wrong are told with place, caret and the nearest word', () => {
    write('fw.sh', NOT_CHECKED);
    const file = write(
      'polywan.lint.yaml',
      'version: 1\nchecks: { script-not-fuly-checked: off }\nignore: []\npolicy_rules: [frobnicate]\n',
    );
    const { code, stderr } = polywan(['lint', folder]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file}:2:11: unknown key "script-not-fuly-checked"`);
    expect(stderr).toContain('          ^~~~');
    expect(stderr).toContain('did you mean "script-not-fully-checked"?');
    expect(stderr).toContain('did you mean "ignores"?');
    expect(polywan(['lint', folder, '--settings', join(folder, 'none.yaml')])).toMatchObject({ code: 2 });
  });
});

describe('a baseline', () => {
  it('keeps known findings quiet, wherever they have moved to, and tells which have gone', () => {
    const script = write('fw.sh', NOT_CHECKED);
    const baseline = join(folder, 'baseline.json');
    const known = ['--baseline', baseline];
    expect(polywan(['lint', folder, '--update-baseline'])).toMatchObject({ code: 2 });
    expect(polywan(['lint', folder, ...known]).code).toBe(2);
    expect(polywan(['lint', folder, ...known, '--update-baseline'])).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(baseline, 'utf8'))).toMatchObject({
      version: 1,
      findings: [{ check: 'script-not-fully-checked', file: 'fw.sh' }],
    });
    writeFileSync(script, NOT_CHECKED.replace('\nif', '\n\n# moved\nif'));
    expect(lint(folder, ...known)).toMatchObject({ code: 0, findings: [], stderr: '' });
    writeFileSync(script, '#!/bin/sh\niptables -A INPUT -i lan0 -j DROP\n');
    const gone = lint(folder, ...known);
    expect(gone).toMatchObject({ code: 0, findings: [] });
    expect(gone.stderr).toContain(
      'no longer found, and still in baseline.json: script-not-fully-checked in fw.sh',
    );
    // Of files that were not looked at nothing is said, and nothing is lost.
    write('other/fw.sh', NOT_CHECKED);
    writeFileSync(script, NOT_CHECKED);
    expect(lint(join(folder, 'other'), ...known)).toMatchObject({ code: 1, stderr: '' });
    polywan(['lint', join(folder, 'other'), ...known, '--update-baseline']);
    expect(lint(folder, ...known)).toMatchObject({ code: 0, findings: [] });
  });

  it('that is none is an error', () => {
    write('fw.sh', NOT_CHECKED);
    const file = write('baseline.json', '{"version": 2}');
    const { code, stderr } = polywan(['lint', join(folder, 'fw.sh'), '--baseline', file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^\S+baseline\.json: this is no baseline of polywan lint/);
    expect(stderr.match(/baseline\.json/g)).toHaveLength(1);
    // A folder cannot be read as one.
    expect(polywan(['lint', join(folder, 'fw.sh'), '--baseline', folder])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it is a directory'),
    });
  });
});

describe('the exit code', () => {
  it('follows --max-warnings and --severity', () => {
    const file = write('fw.sh', `${NOT_CHECKED}${NOT_CHECKED}`);
    expect(lint(file).severities).toEqual(['warning', 'warning']);
    const code = (...words: readonly string[]) => lint(file, ...words).code;
    expect(code()).toBe(1);
    expect(code('--max-warnings', '1')).toBe(1);
    expect(code('--max-warnings', '2')).toBe(0);
    expect(code('--severity', 'error')).toBe(0);
    expect(lint(file, '--severity', 'error').findings).toEqual([]);
    expect(polywan(['lint', file, '--max-warnings', 'x']).code).toBe(2);
    expect(polywan(['lint', file, '--severity', 'grave']).code).toBe(2);
  });
});
