import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flappingOf } from '../../../src/lint/sites/flapping.ts';
import { diagnose, readFiles } from './diagnose.ts';
import { PROFILES, READY_MADE, readExample, SITES, sitePath } from './examples.ts';

describe('the example sites', () => {
  test('are those the manual promises', () => {
    expect(SITES).toEqual([
      'home',
      'last-resort-blackhole',
      'last-resort-main',
      'last-resort-unreachable',
      'steering-marks',
    ]);
  });

  test.each(SITES)('%s reads without a diagnostic', (name) => {
    const { site, diagnostics } = readExample(name);
    expect(diagnostics).toEqual([]);
    expect(site?.wans.length).toBeGreaterThanOrEqual(2);
  });

  test('steer by the marks, tables and priority they name', () => {
    const { site } = readExample('steering-marks');
    const numbers = site?.wans.map(({ name, mark, table }) => [
      name,
      mark === 'auto' ? mark : mark.value,
      table === 'auto' ? table : table.value,
    ]);
    expect(numbers).toEqual([
      ['adsl', 0x30, 130],
      ['fiber', 0x31, 131],
      ['vpn', 0x36, 136],
    ]);
    expect([site?.markMask, site?.priority]).toEqual([0xff, 9]);
  });

  test.each(['unreachable', 'blackhole', 'main'])('last-resort-%s has that last resort', (name) => {
    const { site } = readExample(`last-resort-${name}`);
    expect(site?.policies.map(({ lastResort }) => lastResort)).toEqual([name]);
  });
});

test('the profile of the README reads without a diagnostic, with the probes shown there as well', () => {
  const readme = readFileSync(join(PROFILES, '../README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const part = (beginning: string) => blocks.find((text) => text.startsWith(beginning)) ?? 'missing';
  const fiber = part('name: fiber') + part('probes:');
  expect(diagnose({ 'polywan.yaml': 'version: 1\n', 'profiles/fiber.yaml': fiber })).toEqual([]);
});

describe('the ready-made profiles', () => {
  test.each(READY_MADE)('%s reads without a diagnostic in a site of its own', (name) => {
    const profile = readFileSync(join(PROFILES, name), 'utf8');
    expect(diagnose({ 'polywan.yaml': 'version: 1\n', 'profiles/it.yaml': profile })).toEqual([]);
  });

  test.each(READY_MADE)('%s has no setting of health that never decides, or decides by chance', (name) => {
    const profile = readFileSync(join(PROFILES, name), 'utf8');
    const { site } = readFiles({ 'polywan.yaml': 'version: 1\n', 'profiles/it.yaml': profile });
    expect(site?.wans.map(({ health }) => flappingOf(health, undefined))).toEqual([[]]);
  });

  test('together make one site when each has an interface of its own', () => {
    const files: Record<string, string> = { 'polywan.yaml': 'version: 1\n' };
    READY_MADE.forEach((name, index) => {
      const text = readFileSync(join(PROFILES, name), 'utf8');
      files[`profiles/${name}`] = text.replace(/^interface: .*$/m, `interface: up${index}`);
    });
    expect(diagnose(files)).toEqual([]);
    expect(readFiles(files).site?.wans.length).toBe(7);
  });

  test('and sites point their editors at a schema that is there', () => {
    const paths = [...READY_MADE.map((name) => join(PROFILES, name)), ...SITES.map(sitePath)];
    for (const path of paths) {
      const line = /^# yaml-language-server: \$schema=(\S+)$/m.exec(readFileSync(path, 'utf8'));
      expect(existsSync(resolve(dirname(path), line?.[1] ?? 'missing'))).toBe(true);
    }
  });
});

describe('a damaged site', () => {
  const home = dirname(sitePath('home'));
  const whole: Record<string, string> = {};
  for (const name of ['polywan.yaml', 'profiles/fiber.yaml', 'profiles/cable.yaml', 'profiles/lte.yaml'])
    whole[name] = readFileSync(join(home, name), 'utf8');
  const names = Object.keys(whole);
  const piece = fc.oneof(
    fc.constantFrom(
      '',
      ':',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '"',
      '!',
      '&a ',
      '*a',
      '\t',
      '\n',
      '#',
      '|\n',
      '0',
      '-1',
      '~',
    ),
    fc.constantFrom(
      '1e999',
      '0x',
      '::/0',
      '0.0.0.0/0',
      'no',
      '{a: 1}',
      '[]',
      '__proto__: 1\n',
      '<<: ',
      '\u0000',
      '\ud800',
    ),
    fc.string({ maxLength: 5 }),
  );
  const damage = fc.record({
    name: fc.constantFrom(...names),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(20),
    piece,
    truncate: fc.boolean(),
  });

  test('of 2,000 kinds never makes the reader throw, and points into its file', () => {
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
        const files = { ...whole };
        for (const { name, at, length, piece: inserted, truncate } of damages) {
          const text = files[name] ?? '';
          const start = Math.floor(at * text.length);
          files[name] = text.slice(0, start) + inserted + (truncate ? '' : text.slice(start + length));
        }
        const { site, diagnostics, sources } = readFiles(files);
        expect(site === undefined).toBe(diagnostics.length > 0);
        for (const { span } of diagnostics) {
          const source = sources.get(span.file);
          expect(source).toBeDefined();
          expect(span.start).toBeLessThanOrEqual(source?.length ?? 0);
          expect(span.end).toBeGreaterThanOrEqual(span.start);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
