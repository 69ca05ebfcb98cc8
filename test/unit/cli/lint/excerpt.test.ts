import { expect, test } from 'vitest';
import { excerpt } from '../../../../src/cli/format/lint/excerpt.ts';
import { Places } from '../../../../src/cli/format/lint/places.ts';

/** The excerpt of `word` in a text of one line. */
function shown(text: string, word: string): readonly string[] {
  const places = new Places(new Map([['a.v4', text]]));
  const start = text.indexOf(word);
  const place = places.of({ file: 'a.v4', start, end: start + word.length });
  const found = place === undefined ? undefined : excerpt(places, place, 80);
  return found === undefined ? [] : [found.line, found.margin + found.caret];
}

test('the caret stands under its words behind wide and combining characters', () => {
  expect(shown('  # 日本 e\u0301 ACCEPT', 'ACCEPT')).toEqual(['# 日本 e\u0301 ACCEPT', '         ^~~~~~']);
});

test('a control character takes the one column of the sign that stands for it', () => {
  expect(shown('# \u001b[2J ACCEPT', 'ACCEPT')).toEqual(['# \ufffd[2J ACCEPT', '       ^~~~~~']);
});

test('a byte order mark is no column', () => {
  const places = new Places(new Map([['a.v4', '\ufeff*mangle\n']]));
  const place = { file: 'a.v4', line: 1, column: 1, endLine: 1, endColumn: 8 };
  expect(places.of({ file: 'a.v4', start: 1, end: 8 })).toEqual(place);
  expect(places.of({ file: 'a.v4', start: 0, end: 8 })).toEqual(place);
  expect(places.lineText('a.v4', 1)).toBe('*mangle');
});
