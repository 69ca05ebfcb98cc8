import { describe, expect, it } from 'vitest';
import { compareBaseline, entryOf, formatBaseline, parseBaseline } from '../../../src/lint/baseline.ts';
import type { Finding } from '../../../src/lint/finding.ts';

function finding(key: string, start = 0, file = '/etc/rules.v4'): Finding {
  return {
    check: 'a-check',
    severity: 'warning',
    message: `about ${key}`,
    span: { file, start, end: start + 1 },
    path: [],
    key,
  };
}

const nameOf = (file: string) => file.replace('/etc/', '');

describe('a baseline', () => {
  it('is read as it was written, in an order of its own, each meaning once', () => {
    const entries = [finding('b'), finding('a'), finding('b', 70)].map((one) => entryOf(one, nameOf));
    const text = formatBaseline(entries);
    expect(text).toBe(`{
  "version": 1,
  "findings": [
    {"check":"a-check","file":"rules.v4","key":"a"},
    {"check":"a-check","file":"rules.v4","key":"b"}
  ]
}
`);
    expect(parseBaseline(text)).toEqual([entryOf(finding('a'), nameOf), entryOf(finding('b'), nameOf)]);
    expect(parseBaseline(formatBaseline([]))).toEqual([]);
  });

  it('knows findings by what they mean, wherever they stand, and tells which have gone', () => {
    const entries = [finding('a'), finding('gone')].map((one) => entryOf(one, nameOf));
    const other = finding('a', 0, '/etc/other.v4');
    const compared = compareBaseline(entries, [finding('a', 500), finding('b'), other], nameOf);
    expect(compared.fresh.map(({ key, span }) => [key, span.file])).toEqual([
      ['b', '/etc/rules.v4'],
      ['a', '/etc/other.v4'],
    ]);
    expect(compared.known).toBe(1);
    expect(compared.gone.map(({ key }) => key)).toEqual(['gone']);
  });

  it.each([
    '',
    '[]',
    '{"version":1}',
    '{"version":1,"findings":[{"check":"x"}]}',
    '{"version":2,"findings":[]}',
    'null',
  ])('is not %s', (text) => {
    expect(parseBaseline(text)).toMatch(/baseline/);
  });
});
