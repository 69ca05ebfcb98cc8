import { expect, it } from 'vitest';
import { formatWarnings, warningsAsData } from '../../../src/cli/format/warnings.ts';
import { readSite } from '../../../src/config/read-site.ts';

it('warnings name a file by the path it has from where the caller stands', () => {
  const texts: Readonly<Record<string, string>> = {
    'home/polywan.yaml': 'version: 1\nlan: [lan0]\nprofiles: [profiles/fiber.yaml]\n',
    'home/profiles/fiber.yaml': 'interface: wan0\nname: fiber\n',
  };
  const { site } = readSite(
    'home/polywan.yaml',
    (path) => texts[path],
    () => undefined,
  );
  const warnings = site?.wans.map(({ origin }) => ({ message: 'wan0 is not there', origin })) ?? [];
  expect(formatWarnings(warnings)).toBe('home/profiles/fiber.yaml:2: warning: wan0 is not there\n');
  expect(warningsAsData(warnings)).toEqual([
    { message: 'wan0 is not there', file: 'home/profiles/fiber.yaml', line: 2 },
  ]);
});
