import { describe, expect, it } from 'vitest';
import { readScript } from '../../../../src/codec/shell/read-script.ts';

/** The marks of the policy rules a script adds, or why a command was not read. */
function marks(script: string): readonly (number | string | undefined)[] {
  const { policyRules, unchecked } = readScript(script, 'fw.sh');
  return [
    ...policyRules.map(({ selector }) => selector.fwmark?.value),
    ...unchecked.map(({ message }) => message),
  ];
}

const ADD = 'ip rule add fwmark $n lookup 10\n';
const unknown = 'this command is not known from the text: the value of n is not known from the text';

describe('sums of a script', () => {
  it('have parameters in them', () => {
    expect(marks(`f() { ip rule add fwmark $(($1 << 8 | \${2})) lookup 10; }\nf 1 2\n`)).toEqual([258]);
    expect(marks('ip rule add fwmark $(($1 + 1)) lookup 10\n')).toEqual([
      'this command is not known from the text: what $(($1 + 1)) comes to is not known from the text',
    ]);
  });

  it.each([
    ['0x100 + 1', 257],
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['1 << 8 | 0x2', 258],
    ['n * 010', 16],
    [`$n + \${n}`, 4],
    ['-1 & 0xff', 255],
    ['~0 & 0xf0', 240],
    ['7 / 2 % 2', 1],
  ])('%s', (sum, value) => {
    expect(marks(`n=2\nip rule add fwmark $((${sum})) lookup 10\n`)).toEqual([value]);
    expect(marks(`n=2\nip rule add fwmark $[${sum}] lookup 10\n`)).toEqual([value]);
  });

  it.each(['1 / 0', 'm + 1', '1 +', '() 1', '1 2', 'n > 1 ? 2 : 3', '1 << 99', ''])(
    'of "%s" nothing is known',
    (sum) => {
      expect(marks(`n=2\nip rule add fwmark $((${sum})) lookup 10\n`)).toEqual([
        `this command is not known from the text: what $((${sum})) comes to is not known from the text`,
      ]);
    },
  );

  it.each([
    'n=$((n + 1))',
    'n=$[n+1]',
    '((n++))',
    '((++n))',
    '((n += 1))',
    '((n=n+1))',
    'let n++',
    'let "n = n + 1"',
  ])('count through a loop: %s', (step) => {
    expect(marks(`n=1\nfor w in a b c; do\n${ADD}${step}\ndone\n`)).toEqual([1, 2, 3]);
  });

  it.each([
    ': $((n += 1))',
    'echo $((n++))',
    'read n',
    'printf -v n %d 3',
    '((n++, n++))',
    'n=($(ls) 2)',
    'getopts a n',
  ])('or other commands that nobody follows make the variable unknown: %s', (step) => {
    expect(marks(`n=1\n${step}\n${ADD}`)).toEqual([unknown]);
  });

  it.each(['if x; then ((n++)); fi', 'while x; do let n++; done', 'x && n+=1', 'if x; then read -r n; fi'])(
    'that may not come about do so as well: %s',
    (step) => {
      expect(marks(`n=1\n${step}\n${ADD}`)).toEqual([unknown]);
    },
  );

  it('leave what is added to a text, and what a subshell sets', () => {
    expect(marks(`n=1\nn+=2\n${ADD}`)).toEqual([12]);
    expect(marks(`n=1\n(n=2; exit)\n${ADD}`)).toEqual([1]);
    expect(marks(`n=1\n((n > 0)) && echo\n${ADD}`)).toEqual([1]);
  });
});
