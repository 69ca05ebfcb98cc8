import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintNames } from '../../../src/cli/lint/lint-names.ts';
import { lintJsonSchema, profileJsonSchema, siteJsonSchema } from '../../../src/config/json-schema.ts';
import { manualKeys, manualPage } from '../../../src/config/manual.ts';
import { lintSchema } from '../../../src/config/schema/lint-schema.ts';
import { profileSchema } from '../../../src/config/schema/profile-schema.ts';
import { siteSchema } from '../../../src/config/schema/site-schema.ts';

// A system tool, not one of npm's: knip takes the literal in a call for a package's binary.
const MAN = 'man';

const ROOT = join(import.meta.dirname, '../../..');

/** Every `properties` key of a JSON Schema, named as the manual names it. */
function propertyPaths(schema: unknown, prefix = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const {
    properties = {},
    items,
    anyOf = [],
    additionalProperties,
  } = schema as {
    properties?: Record<string, unknown>;
    items?: unknown;
    anyOf?: unknown[];
    additionalProperties?: unknown;
  };
  return [
    ...Object.entries(properties).flatMap(([key, value]) => {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      return [path, ...propertyPaths(value, path)];
    }),
    ...propertyPaths(items, `${prefix}[]`),
    ...anyOf.flatMap((each) => propertyPaths(each, prefix)),
    ...propertyPaths(additionalProperties, `${prefix}.NAME`),
  ];
}

/** Properties without a description. */
function undescribed(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: Record<string, { description?: string }> };
  const bare = Object.entries(properties).flatMap(([key, value]) => (value.description ? [] : [key]));
  return [...bare, ...Object.values(schema).flatMap(undescribed)];
}

describe('the generated files are as npm run generate would write them now', () => {
  test.each([
    ['schema/site.schema.json', `${JSON.stringify(siteJsonSchema(), null, 2)}\n`],
    ['schema/profile.schema.json', `${JSON.stringify(profileJsonSchema(), null, 2)}\n`],
    ['schema/lint.schema.json', `${JSON.stringify(lintJsonSchema(lintNames()), null, 2)}\n`],
    ['man/polywan.yaml.5', manualPage()],
  ])('%s', (path, text) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
  });
});

describe('the JSON Schemas', () => {
  test.each([
    ['site', siteJsonSchema()],
    ['profile', profileJsonSchema()],
    [
      'lint',
      lintJsonSchema({ checks: [{ id: 'a-check', summary: 'what it is' }], neighbours: ['a-program'] }),
    ],
  ])('of a %s is draft 2020-12, knows all its keys and describes each', (_, schema) => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
    });
    expect(undescribed(schema)).toEqual([]);
  });
});

describe('the page polywan.yaml(5)', () => {
  const page = readFileSync(join(ROOT, 'man/polywan.yaml.5'), 'utf8');
  const [, site = '', profile = '', settings = ''] = page.split(
    /^\.Sh (?:THE SITE|A PROFILE|SETTINGS OF LINT|EXAMPLES)$/m,
  );
  const keysOf = (section: string) =>
    [...section.matchAll(/^\.It Ic (.+)$/gm)].map((match) => (match[1] ?? '').replaceAll('\\-', '-'));

  test('has every key of the schemas and none beside', () => {
    expect(keysOf(site).sort()).toEqual(propertyPaths(siteJsonSchema()).sort());
    expect(keysOf(profile).sort()).toEqual(propertyPaths(profileJsonSchema()).sort());
    expect(keysOf(site)).toEqual(manualKeys(siteSchema()));
    expect(keysOf(profile)).toEqual(manualKeys(profileSchema()));
    const names = { checks: [], neighbours: [] };
    expect(keysOf(settings).sort()).toEqual(propertyPaths(lintJsonSchema(names)).sort());
    expect(keysOf(settings)).toEqual(manualKeys(lintSchema(names)));
  });

  test('says a value for every key', () => {
    expect(page).not.toMatch(/^Value: \.$/m);
  });

  test('is set without a warning', () => {
    const { stdout, stderr, error } = spawnSync(MAN, ['--warnings', '-l', join(ROOT, 'man/polywan.yaml.5')], {
      encoding: 'utf8',
      env: { ...process.env, MANPAGER: 'cat', MANWIDTH: '80', LC_ALL: 'C.UTF-8' },
    });
    expect(error).toBeUndefined();
    expect(stderr).toBe('');
    expect(stdout).toContain('policies.NAME.members[].wan');
  });
});
