import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readYaml } from '../../../src/config/yaml.ts';
import { plainValue, type YamlNode, type YamlScalar } from '../../../src/config/yaml-node.ts';

function plain(text: string): unknown {
  const { root, diagnostics } = readYaml('a.yaml', text);
  expect(diagnostics).toEqual([]);
  return root === undefined ? undefined : JSON.parse(JSON.stringify(plainValue(root)));
}

function complaints(text: string): string[] {
  return readYaml('a.yaml', text).diagnostics.map(({ message, span }) => `${span.start}: ${message}`);
}

/** Every scalar, keys among them. */
function leaves(node: YamlNode): Pick<YamlScalar, 'text' | 'span'>[] {
  if (node.kind === 'scalar') return [node];
  if (node.kind === 'list') return node.items.flatMap(leaves);
  return node.entries.flatMap(({ key, value }) => [{ text: key.value, span: key.span }, ...leaves(value)]);
}

const word = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,9}$/);
const scalar = fc.oneof(
  word,
  fc.integer({ min: 0, max: 1e9 }).map(String),
  fc.nat(0xffffffff).map((number) => `0x${number.toString(16)}`),
  word.map((text) => `"${text} : # ${text}"`),
  word.map((text) => `'${text}, [${text}'`),
);

/** Lists and mappings in flow and block style, with comments, blank lines and aliases' forerunners. */
const { node } = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('node'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
    fc
      .uniqueArray(fc.tuple(word, tie('node')), { maxLength: 4, selector: ([key]) => key })
      .map((entries) => `{ ${entries.map(([key, value]) => `${key}: ${value}`).join(' , ')} }`),
  ),
}));
const document = fc
  .uniqueArray(fc.tuple(word, node, fc.constantFrom('', ' # why', '\n', '\n# why')), {
    minLength: 1,
    maxLength: 6,
    selector: ([key]) => key,
  })
  .map((entries) => entries.map(([key, value, after]) => `${key}: ${value}${after}\n`).join(''));

describe('the YAML reader', () => {
  test('refuses values and keys with bytes that are no UTF-8, and leaves comments alone', () => {
    const read = (text: string) => Buffer.from(text, 'latin1').toString('utf8');
    const told = 'this has bytes that are no UTF-8: save the file as UTF-8';
    expect(complaints(read('# B\xfcro\na: 1 # B\xfcro\n'))).toEqual([]);
    expect(complaints(read('a: "B\xfcro"\n'))).toEqual([`4: ${told}`]);
    expect(complaints(read('B\xfcro: [1, B\xfcro]\n'))).toEqual([`0: ${told}`, `10: ${told}`]);
    expect(plain('a: "B\xfcro \\uFFFD"\n')).toEqual({ a: 'B\xfcro \uFFFD' });
  });

  test('gives every key and value a span that slices to its text', () => {
    fc.assert(
      fc.property(document, fc.constantFrom('\n', '\r\n'), (lines, end) => {
        const text = lines.replaceAll('\n', end);
        const { root, diagnostics } = readYaml('a.yaml', text);
        expect(diagnostics).toEqual([]);
        const found = root === undefined ? [] : leaves(root);
        expect(found.length).toBeGreaterThan(0);
        for (const leaf of found) expect(text.slice(leaf.span.start, leaf.span.end)).toBe(leaf.text);
      }),
      { numRuns: 300 },
    );
  });

  test('gives lists and mappings in flow style their brackets', () => {
    const text = 'a: [1, {b: 2}, [ ]]\nc: {}\n';
    const { root } = readYaml('a.yaml', text);
    const spans = root?.kind === 'map' ? root.entries.map(({ value }) => value.span) : [];
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(['[1, {b: 2}, [ ]]', '{}']);
  });

  test('resolves plain scalars as YAML 1.2 does', () => {
    expect(plain('[yes, true, ~, 0x30, "0x30", 1.5, 500ms, 8000-8100, 22:22, 0o17, !!str 12]')).toEqual([
      'yes',
      true,
      null,
      48,
      '0x30',
      1.5,
      '500ms',
      '8000-8100',
      '22:22',
      15,
      '12',
    ]);
  });

  test('follows aliases to the values of their anchors', () => {
    const text = 'a: &x { ping: 203.0.113.1 }\nb: [*x, *x]\n';
    expect(plain(text)).toEqual({
      a: { ping: '203.0.113.1' },
      b: [{ ping: '203.0.113.1' }, { ping: '203.0.113.1' }],
    });
  });

  test('keeps a key __proto__ a key', () => {
    const { root } = readYaml('a.yaml', '__proto__: { a: 1 }');
    expect(root === undefined ? [] : Object.keys(plainValue(root) as object)).toEqual(['__proto__']);
  });

  test('takes a block of text, and an empty value for null', () => {
    expect(plain('a: |\n  one\n  two\nb:\nc: >-\n  x\n  y\n')).toEqual({
      a: 'one\ntwo\n',
      b: null,
      c: 'x y',
    });
  });

  test.each([
    ['a key given twice', 'a: 1\na: 2', '5: "a" is given twice'],
    [
      'an alias without an anchor',
      'a: *b',
      '3: YAML takes a leading * for an alias, and no anchor &b stands before it',
    ],
    [
      'an alias inside its own anchor',
      'a: &b [*b]',
      '7: YAML takes a leading * for an alias, and no anchor &b stands before it',
    ],
    ['a key that is a list', '? [a]\n: 1', '2: a key must be a word'],
    ['a second document', 'a: 1\n---\nb: 2', '5: a second document in one file'],
    [
      'a second document behind a --- in a comment',
      'a: 1 # ---\n# ---\n---\nb: 2',
      '17: a second document in one file',
    ],
    [
      'a second document behind a first one that is only a comment',
      '---\n# none\n---\nb: 2',
      '11: a second document in one file',
    ],
    [
      'a second document behind the ... that ends the first',
      'a: 1 # ...\n... # ---\nb: 2',
      '11: a second document in one file',
    ],
    ['an unknown tag', 'a: !!binary aGk=', '3: the tag !!binary has no meaning here'],
    [
      'a local tag',
      'a: [!b ]',
      '4: YAML takes a leading ! for a tag: write it in quotes, together with its value',
    ],
    ['a leading zero', 'a: [010]', '4: 010 is octal to some programs and decimal to others'],
    ['a lone *', 'a: *', '4: YAML takes a leading * for an alias'],
    ['a line without a key', 'a: 1\nb [c]\nd: 2', '5: expected a key, a colon and a blank, not "b [c]"'],
    ['a key without a colon', 'a:\n  - b\n  # c\nd', '15: expected a key, a colon and a blank, not "d"'],
    ['a first line without a key', 'a = 1\nb: 2', '0: expected a key, a colon and a blank, not "a = 1"'],
    ['a key that is indented', 'a: 1\n  b: 2', '7: bad indentation of a mapping entry'],
    [
      'a colon in a value',
      'a: b: c',
      '4: YAML takes this : for the end of a key: write the whole value in quotes',
    ],
    [
      'an address that ends with a colon',
      'a: { b: 2001:db8::, c: d }',
      '17: YAML takes this : for the end of a key: write the whole value in quotes',
    ],
    [
      'a bracket in a value',
      'a: [http://[2001:db8::1]/]',
      '11: YAML takes this [ for the beginning of a list: write the whole value in quotes',
    ],
    [
      'a sign that no value begins with',
      'a: @b',
      '3: YAML takes no value that begins with @: write it in quotes',
    ],
    ['a list that is too deep', `a: ${'['.repeat(200)}`, '102: nesting exceeded maxDepth (100)'],
    ['a tab as indentation of a list', 'a: [\n\tb]', '6: tab characters must not be used in indentation'],
    [
      'a ] that is not indented',
      'a: [b\n]',
      '6: this ] must be indented deeper than the key or - before its [',
    ],
    [
      'a } that is not indented',
      '- {b: c\n}',
      '8: this } must be indented deeper than the key or - before its {',
    ],
    ['a ] that closes nothing', 'a: b\n]', '5: no [ is open that this ] would close'],
    ['a ] too many', 'a: [b]]', '6: no [ is open that this ] would close'],
    ['a } in place of a ]', 'a: [b}', '5: expected ], not }'],
    ['a null byte', 'a: \u0000', '3: null byte is not allowed in input'],
  ])('refuses %s', (_, text, expected) => {
    expect(complaints(text)).toContain(expected);
  });

  test.each([
    ['a blank behind a colon', 'a: 1\nb:2\n\n# c\nd: 3', 'b: 2'],
    ['a blank behind the first colon', 'a:1\nb: 2', 'a: 1'],
    ['a blank behind the last colon', 'a: 1\nb:2\n', 'b: 2'],
    ['a plain blank for one that does not break', 'a: 1\nb:\u00a02\r\n', 'b: 2'],
    ['a blank behind the colon of a key in a list', 'a:\n  - b: 1\n    c:2\n  - d: 3', 'c: 2'],
  ])('proposes %s', (_, text, expected) => {
    expect(readYaml('a.yaml', text).diagnostics.map(({ nearest }) => nearest)).toEqual([expected]);
  });

  test.each([
    ['keys', (at: number) => `k${at}: 1`],
    ['elements', () => '- 192.0.2.1'],
  ])('refuses a file of too many %s once', (_, line) => {
    const { root, diagnostics } = readYaml(
      'a.yaml',
      Array.from({ length: 100_001 }, (_, at) => line(at)).join('\n'),
    );
    expect(root).toBeUndefined();
    expect(diagnostics.map(({ message }) => message)).toEqual(['the file has more than 100000 values']);
  });

  test('refuses aliases that make a small file large', () => {
    const levels = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level += 1) {
      const alias = `*a${level - 1}`;
      levels.push(`a${level}: &a${level} [${Array(10).fill(alias).join(', ')}]`);
    }
    const { diagnostics } = readYaml('a.yaml', levels.join('\n'));
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'aliases make this larger than 100000 values',
    ]);
  });
});
