import { describe, expect, test } from 'vitest';
import { keyRows } from '../../../src/config/manual-keys.ts';
import { profileSchema } from '../../../src/config/schema/profile-schema.ts';
import { siteSchema } from '../../../src/config/schema/site-schema.ts';
import { diagnose } from './diagnose.ts';

const WANS = ['fiber', 'cable', 'lte'];

const SITE = {
  version: 1,
  lan: ['lan0', 'br+'],
  profiles: WANS.map((name) => `profiles/${name}.yaml`),
  policies: { balanced: { members: [{ wan: 'fiber' }, { wan: 'lte' }] } },
};

/** What a steering rule needs beside the key. */
const BESIDE: Readonly<Record<string, object>> = {
  source_port: { protocol: 'tcp' },
  destination_port: { protocol: 'tcp' },
  uid: { in: 'router' },
};

/** A site with a few keys exchanged, and the profile of fiber with others. JSON is YAML. */
function diagnoseWith(site: object, fiber: object): string[] {
  const profiles = WANS.map((name, index) => {
    const profile = { name, interface: `wan${index}`, families: 'both', ...(name === 'fiber' ? fiber : {}) };
    return [`profiles/${name}.yaml`, JSON.stringify(profile)];
  });
  return diagnose({ 'polywan.yaml': JSON.stringify({ ...SITE, ...site }), ...Object.fromEntries(profiles) });
}

/** The examples of the keys of one mapping, by the path before their names. */
function examplesOf(rows: ReturnType<typeof keyRows>, before: string) {
  const found = rows
    .filter(({ path, key }) => path === before + key)
    .flatMap(({ key, examples }) => examples.map((example) => [key, example] as const));
  // A table without rows is no test.
  if (found.length === 0) throw new Error(`no key of ${before} has an example`);
  return found;
}

describe('an example of the manual is taken as it stands', () => {
  test.each(examplesOf(keyRows(siteSchema()), ''))('of the key %s of a site: %j', (key, example) => {
    expect(diagnoseWith({ [key]: example }, {})).toEqual([]);
  });

  test.each(examplesOf(keyRows(siteSchema()), 'steering[].'))(
    'of the key %s of a steering rule: %j',
    (key, example) => {
      const rule = { ...BESIDE[key], policy: 'balanced', [key]: example };
      expect(diagnoseWith({ steering: [rule] }, {})).toEqual([]);
    },
  );

  test.each(examplesOf(keyRows(profileSchema()), ''))('of the key %s of a profile: %j', (key, example) => {
    expect(diagnoseWith({}, { [key]: example })).toEqual([]);
  });
});
