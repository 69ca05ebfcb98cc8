import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/plan/compile.ts';
import { FIRST_PLAN, machineWith, sampleSite } from './sample-site.ts';

const OWN = '/etc/iproute2/rt_tables.d/polywan.conf';

/** What is written for fiber (table 8701) and cable (8702), and what is told, where others' files say this. */
function namedBeside(files: Readonly<Record<string, string>>) {
  const facts = {
    ...machineWith('fiber0', 'cable0', 'lan0'),
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
  };
  const { desired, warnings } = compile(sampleSite(), facts, FIRST_PLAN);
  const text = desired.files.find(({ path }) => path === OWN)?.text ?? '';
  return {
    lines: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    told: warnings.map(({ message }) => message),
  };
}

const BOTH = ['8701\tfiber', '8702\tcable'];

describe('a WAN whose name another table has', () => {
  it.each(['/etc/iproute2/rt_tables', '/etc/iproute2/rt_tables.d/office.conf'])(
    'leaves its own table without one where %s says so, and tells the line',
    (path) => {
      expect(namedBeside({ [path]: '#\n255\tlocal\n\n100 fiber # the old one\n' })).toEqual({
        lines: ['8702\tcable'],
        told: [
          `WAN fiber: ${path}:4 gives its name to table 100, so that its own table 8701 is left without a name`,
        ],
      });
    },
  );

  it.each([
    ['its own table has it there', { '/etc/iproute2/rt_tables': '0x21fd fiber\n' }],
    ['the line is a comment', { '/etc/iproute2/rt_tables': '#100 fiber\n' }],
    ['the file is that of polywan, from an earlier site', { [OWN]: '8709\tfiber\n' }],
    ['its number has another name', { '/etc/iproute2/rt_tables': '8701 office\n' }],
  ])('is named where %s', (_, files) => {
    expect(namedBeside(files)).toEqual({ lines: BOTH, told: [] });
  });
});
