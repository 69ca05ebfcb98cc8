import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/cli/commands/explain.ts';
import { checkPage } from '../../../src/cli/format/check-page.ts';
import { settingPage } from '../../../src/cli/format/setting-page.ts';
import { lintNames } from '../../../src/cli/lint/lint-names.ts';
import { checksPage } from '../../../src/cli/manual/checks-page.ts';
import { allSettings, findSettings } from '../../../src/config/find-setting.ts';
import { SETTING_REASONS } from '../../../src/config/setting-reasons.ts';
import { CHECK_GROUPS, CHECKS } from '../../../src/lint/checks.ts';

const settings = allSettings(lintNames());

describe.each(CHECKS)('the page of $id', (check) => {
  const page = checkPage(check, 80);
  const lines = page.split('\n');

  it('has its severity, its reasons, both examples, and how to keep it quiet', () => {
    expect(lines[0]).toBe(`${check.id} (${check.severity})`);
    expect(check.why.length).toBeGreaterThan(0);
    for (const word of check.why.join(' ').split(/\s+/)) expect(page).toContain(word);
    for (const [name] of Object.entries(check.bad.files)) expect(page).toContain(`Wrong, ${name}:`);
    expect(page).toMatch(/^Right[,:] /m);
    expect(page).toContain(`# polywan-ignore ${check.id}:`);
  });

  it('fits 80 columns, but for examples', () => {
    expect(lines.filter((line) => line.length > 80 && !line.startsWith('  '))).toEqual([]);
  });
});

describe('polywan-checks(7)', () => {
  const page = checksPage(CHECK_GROUPS);

  it('has every check once, in its order', () => {
    const heads = [...page.matchAll(/^\.Ss (\S+) \(/gm)].map(([, name = '']) => name.replaceAll('\\-', '-'));
    expect(heads).toEqual(CHECKS.map(({ id }) => id));
  });
});

describe('the page of a setting', () => {
  it('gives a reason only for keys that there are', () => {
    for (const path of Object.keys(SETTING_REASONS)) expect(findSettings(settings, path)).not.toEqual([]);
  });

  it('says what mark_mask is, and why', () => {
    const [setting, ...others] = findSettings(settings, 'mark_mask');
    expect(others).toEqual([]);
    const page = setting === undefined ? '' : settingPage(setting, 80);
    expect(page).toContain('default  0xff000000');
    expect(page).toContain('Tailscale');
    expect(page.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('fits 80 columns for every key', () => {
    const wide = settings.flatMap((setting) =>
      settingPage(setting, 80)
        .split('\n')
        // Examples are shown as they would be written.
        .filter((line) => line.length > 80 && !/^ {2}(?:example|default|\S*\[)/.test(line)),
    );
    expect(wide).toEqual([]);
  });

  it('is found by the last part of its name, in every file that has it', () => {
    expect(findSettings(settings, 'weight').map(({ row }) => row.path)).toEqual([
      'policies.NAME.members[].weight',
    ]);
    expect(new Set(findSettings(settings, 'name').map(({ file }) => file)).size).toBe(3);
  });
});

it('completion offers every check', () => {
  expect(explain.positionals[0]?.choices).toEqual(CHECKS.map(({ id }) => id));
});
