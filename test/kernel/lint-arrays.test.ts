// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readScript } from '../../src/codec/shell/read-script.ts';

/** What the shell itself gives `ip rule add fwmark MARK lookup TABLE`, one a line. */
function byShell(script: string): readonly string[] {
  const { stdout, stderr } = spawnSync('bash', ['-c', `ip() { echo "$4 $6"; }\n${script}`], {
    encoding: 'utf8',
    timeout: 60_000,
    // Of a locale that the machine does not have, bash would say so.
    env: { ...process.env, LC_ALL: 'C' },
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

function byText(script: string): readonly string[] {
  const { policyRules, unchecked } = readScript(script, 'fw.sh');
  expect(unchecked.map(({ message }) => message)).toEqual([]);
  return policyRules.map(({ selector, action }) => {
    return `${selector.fwmark?.value} ${action.kind === 'lookup' ? action.table : ''}`;
  });
}

const ADD = (mark: string, table: string) => `ip rule add fwmark ${mark} lookup ${table}`;

/** Each as people write it. */
const SCRIPTS: readonly (readonly [title: string, script: string])[] = [
  ['words one after the other', `T=(101 102)\nfor t in "\${T[@]}"; do ${ADD('$t', '$t')}; done`],
  [
    'words over several lines, with a comment',
    `T=(\n  101 # fiber\n  "102"\n)\nfor t in \${T[*]}; do ${ADD('1', '$t')}; done`,
  ],
  ['one word by its index', `T=(101 102 103)\n${ADD('1', '$' + '{T[1]}')}\n${ADD('2', '$T')}`],
  [
    'indices that count',
    `W=(wan0 wan1 wan2)\nfor ((i=0; i<\${#W[@]}; i++)); do ${ADD('$((i+1))', '$((100 + i))')}; done`,
  ],
  [
    'a step of two, downwards, and two sums at once',
    `for ((i = 8, n = 1; i > 0 && n != 9; i -= 2, n++)); do ${ADD('$i', '$n')}; done`,
  ],
  ['!indices', `T=(101 102)\nT[5]=106\nfor i in "\${!T[@]}"; do ${ADD('$((i + 1))', '${T[$i]}')}; done`],
  ['words that are added', `T=(101)\nT+=(102 103)\nfor t in "\${T[@]}"; do ${ADD('1', '$t')}; done`],
  ['indices that are said', `T=([3]=103 104 [1]=101)\nfor t in "\${T[@]}"; do ${ADD('1', '$t')}; done`],
  [
    'words as keys',
    `declare -A M=([fiber]=1 [cable]=2)\nM[lte]=3\nfor w in fiber cable lte; do ${ADD('${M[$w]}', '10${M[$w]}')}; done`,
  ],
  ['the last one', `T=(101 102)\n${ADD('1', '${T[-1]}')}`],
  [
    'words of words',
    `A="101 102"\nT=($A 103)\nfor t in "\${T[@]}"; do ${ADD('1', '$t')}; done\n${ADD('2', '${#T[@]}')}`,
  ],
  [
    'an array of a function of its own',
    `add() {\n  local -a t=("$@")\n  for ((j = 0; j < \${#t[@]}; j++)); do ${ADD('$((j + 1))', '${t[j]}')}; done\n}\nadd 101 102`,
  ],
  ['words beside it', `T=(1 2)\nfor t in "10\${T[@]}"; do ${ADD('7', '$t')}; done`],
  ['sums of words', `T=(1 2)\nn=0\nn=$((n + T[0] + \${T[1]} * 100))\n${ADD('1', '$n')}`],
  ['a loop that never runs', `for ((i = 3; i <= 2; i++)); do ${ADD('1', '$i')}; done\n${ADD('2', '$i')}`],
  ['letters', `W=fiber\n${ADD('1', '10${#W}')}`],
];

describe('arrays and counted loops of a script are read as the shell runs them', () => {
  it.each(SCRIPTS)('%s', (_, script) => {
    const rules = byText(script);
    expect(rules.length).toBeGreaterThan(0);
    expect(rules).toEqual(byShell(script));
  });
});
