import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../../src/config/format-diagnostic.ts';
import { editDistance, nearest } from '../../../src/config/nearest.ts';
import { files, printed, wholeSite } from './diagnose.ts';

describe('a diagnostic is printed', () => {
  test('with its place, its line, a caret and the nearest known word', () => {
    expect(printed(files({ site: 'backend: nftable' }))).toBe(
      [
        'polywan.yaml:4:10: expected auto, nftables or iptables, not "nftable"',
        '  backend: nftable',
        '           ^~~~~~~',
        '  did you mean "nftables"?',
      ].join('\n'),
    );
  });

  test('with a tab before the value kept in the caret line', () => {
    expect(printed(files({ site: 'priority:\t0' }))).toBe(
      [
        'polywan.yaml:4:11: expected a whole number from 1 to 28766, not "0"',
        '  priority:\t0',
        '           \t^',
      ].join('\n'),
    );
  });

  test.each([
    ['wide characters', '日本', '    ^~~'],
    ['an emoji of several signs', '👩‍💻', '  ^~~'],
    ['a combining character', 'e\u0301', ' ^~~'],
  ])('with the caret under its value behind %s', (_, before, caret) => {
    const span = { file: 'a.yaml', start: before.length, end: before.length + 3 };
    const text = formatDiagnostic({ message: 'no', span }, new Map([['a.yaml', `${before}abc`]]), {
      color: false,
    });
    expect(text.split('\n').slice(1)).toEqual([`  ${before}abc`, `  ${caret}`]);
  });

  test('with a caret as wide as its value', () => {
    const span = { file: 'a.yaml', start: 3, end: 6 };
    const sources = new Map([['a.yaml', 'a: 日本x\n']]);
    expect(formatDiagnostic({ message: 'no', span }, sources, { color: false })).toMatch(/\n {5}\^~~~~$/);
  });

  test('without a byte order mark, which is no column', () => {
    const site = '\ufeffpriorty: 9\nversion: 1\n';
    expect(printed(wholeSite(site))).toBe(
      [
        'polywan.yaml:1:1: unknown key "priorty"',
        '  priorty: 9',
        '  ^~~~~~~',
        '  did you mean "priority"?',
      ].join('\n'),
    );
    expect(printed(wholeSite('\ufeff'))).toBe('polywan.yaml:1:1: the file is empty\n  \n  ^');
  });

  test('with the caret behind the indentation of a block of text', () => {
    expect(printed(files({ site: 'backend: |\n\n  nftable\n' }))).toContain('\n    nftable\n    ^~~~~~~');
  });

  test('with one pair of quotes where the quotes are the cure', () => {
    expect(printed(files({ site: 'steering: [{ source: !192.0.2.9, policy: balanced }]' }))).toContain(
      '\n  did you mean "!192.0.2.9"?',
    );
  });

  test('without the rest of a value of several lines', () => {
    const text = printed(wholeSite('version:\n  - 1\n  - 2\n'));
    expect(text).toBe(['polywan.yaml:2:3: expected 1, not a list', '    - 1', '    ^~~'].join('\n'));
  });

  test('without control characters of the file', () => {
    const diagnostic = { message: 'not "\u001b[2J"', span: { file: 'a.yaml', start: 3, end: 7 } };
    const text = formatDiagnostic(diagnostic, new Map([['a.yaml', 'a: \u001b[2J\r\n']]), { color: false });
    expect(text).toBe('a.yaml:1:4: not "\ufffd[2J"\n  a: \ufffd[2J\n     ^~~~');
  });

  test('in colour where the terminal has it', () => {
    const diagnostic = { message: 'no', span: { file: 'a.yaml', start: 0, end: 1 } };
    expect(formatDiagnostic(diagnostic, new Map([['a.yaml', 'a']]), { color: true })).toBe(
      '\u001b[1ma.yaml:1:1:\u001b[0m no\n  a\n  \u001b[31m^\u001b[0m',
    );
  });

  test('by its file alone when that cannot be read', () => {
    const diagnostic = { message: 'no such file', span: { file: 'a.yaml', start: 0, end: 0 } };
    expect(formatDiagnostic(diagnostic, new Map(), { color: false })).toBe('a.yaml: no such file');
  });
});

describe('the nearest word', () => {
  test.each([
    ['gatway', 'gateway'],
    ['tpc', 'tcp'],
    ['fibre', 'fiber'],
    ['FIBER', 'fiber'],
    ['unreachabel', 'unreachable'],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, ['gateway', 'tcp', 'fiber', 'unreachable'])).toBe(expected);
  });

  test('is none when nothing is near', () => {
    expect(nearest('xyz', ['gateway', 'tcp'])).toBeUndefined();
  });

  test('counts insertions, deletions, replacements and swaps as one each', () => {
    expect([editDistance('abc', 'abxc'), editDistance('abc', 'ac'), editDistance('abc', 'axc')]).toEqual([
      1, 1, 1,
    ]);
    expect([editDistance('abc', 'acb'), editDistance('', 'abc'), editDistance('kitten', 'sitting')]).toEqual([
      1, 3, 3,
    ]);
  });
});
