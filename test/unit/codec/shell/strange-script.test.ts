// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in
import { describe, expect, it } from 'vitest';
import { leastTime } from '../../least-time.ts';
import { places, readsAll, rules, unchecked } from './script-rules.ts';
import { ALL, MARK, PLAIN, SAVE, STRANGE } from './strange-scripts.ts';

const PLAIN_RULES = rules(PLAIN);

/** Makes the same rules as the plain script, and nothing of it is left out. */
function readsAsPlain(script: string): void {
  readsAll(script);
  expect(rules(script)).toEqual(PLAIN_RULES);
}

describe.each(Object.entries(STRANGE))('a script is read with %s', (_, scripts) => {
  it.each(scripts)('%s', (_title, script) => readsAsPlain(`${script}\n`));
});

describe('a program that starts another is followed to it', () => {
  const prefixes = [
    'timeout 10',
    'timeout -k 5 --signal=TERM 10',
    '/usr/bin/timeout --kill-after 5 10',
    'sudo -u root',
    'sudo -n --user root PATH=/sbin',
    'nice -n 5',
    'nice -10 ionice -c 2 -n 7',
    'chrt -r 5',
    'env -i -u HOME LANG=C',
    'flock /run/x',
    'flock -w 5 /run/x timeout 5',
    'command',
    'time -p',
    'sh -c',
    'flock /run/x -c',
    'sudo flock -n /run/x --command',
  ];
  it.each(prefixes)('%s', (prefix) => {
    const quote = /-c(?:ommand)?$/.test(prefix) ? "'" : '';
    const lines = ALL.map((words) => `${prefix} ${quote}iptables ${words}${quote}\n`);
    readsAsPlain(lines.join(''));
    expect(unchecked(`[ -f x ] && ${lines[0]}`)).toHaveLength(1);
  });

  it('but is told where that is not known', () => {
    expect(unchecked(`timeout $T iptables ${MARK}\n`)).toEqual([
      `timeout $T iptables ${MARK} | which program it starts is not known from the text`,
    ]);
    expect(unchecked(`xargs -n 1 iptables ${MARK}\n`)).toEqual([
      `xargs -n 1 iptables ${MARK} | what xargs does with these words is not known`,
    ]);
    expect(unchecked('su -c "iptables-restore /etc/rules" root\n')).toHaveLength(1);
    readsAll('echo "iptables -A INPUT -j DROP"\ncommand -v iptables\n');
  });
});

describe('the text that a shell is given is a script of its own', () => {
  it('whose rules stand where they are written', () => {
    const script = `X=1\nsh -ec 'iptables -A INPUT -j DROP\n iptables -A FORWARD -j DROP'\nsh -c "iptables -A OUTPUT -o \\$X -j DROP"\n`;
    expect(places(script)).toEqual(['iptables -A INPUT -j DROP', 'iptables -A FORWARD -j DROP']);
    expect(unchecked(script)).toEqual([
      'sh -c "iptables -A OUTPUT -o \\$X -j DROP" | this command is not known from the text: the value of X is not known from the text',
    ]);
  });

  it.each([
    [
      'sh -c "iptables -A INPUT -i $WAN -j DROP"',
      'what this shell runs is not known from the text: the value of WAN is not known from the text',
    ],
    [
      'sh -c "$RULES"',
      'what this shell runs is not known from the text: the value of RULES is not known from the text',
    ],
  ])('but is told where it is not known: %s', (command, why) => {
    expect(unchecked(`${command}\n`)).toEqual([`${command} | ${why}`]);
  });

  it('that has no functions of the outer one, and none of its variables unless they are exported', () => {
    expect(
      unchecked(
        "X=lan0\nopen() { :; }\nsh -c 'open -A INPUT -i $X -j DROP; iptables -A INPUT -i $X -j DROP'\n",
      ),
    ).toEqual([
      'open -A INPUT -i $X -j DROP | what open does with these words is not known',
      'iptables -A INPUT -i $X -j DROP | this command is not known from the text: the value of X is not known from the text',
    ]);
  });
});

describe('the parameters of a script or a function', () => {
  it.each([
    ['f "$(date)" lan0', []],
    ['f $(date) lan0', ['the value of 2']],
    ['f "$@" lan0', ['the value of 2']],
    ['f "$X" lan0', []],
    [
      'shift; set -- x $1; set -u; [ -f x ] && set -e; iptables -A INPUT -i $1 -j DROP; iptables -A INPUT -i $2 -j DROP',
      ['the value of 2'],
    ],
    ['set -- a b; [ -f x ] && shift; iptables -A INPUT -i $1 -j DROP', ['the value of 1']],
    ['set -- a b; if x; then set -- b; fi; iptables -A INPUT -i "$*" -j DROP', ['the value of @']],
    ['set -- $(x); iptables -A INPUT -i ${1:-lan0} -j DROP', ['the value of 1']],
    ['[ -f x ] && : ${lan:=lan0}; iptables -A INPUT -i $lan -j DROP', ['the value of lan']],
    ['set -- a b; (shift); (set -- c); iptables -A INPUT -i $1 -j DROP', []],
  ])('are told where nobody knows them: %s', (script, why) => {
    const told = unchecked(`f() { iptables -A INPUT -i $2 -j DROP; }\n${script}\n`);
    expect(told.map((line) => /the value of \S+/.exec(line)?.[0])).toEqual(why);
  });
});

describe('an end before the last command', () => {
  it('is passed over where a script would give up because iptables refuses to delete', () => {
    const refused = 'iptables -D INPUT -j x';
    readsAsPlain(
      `die() { exit 1; }\nrun() { "$@" || exit 1; }\n${refused} || exit\n${refused} || die\nrun ${refused}\n${refused} || { die; }\n${PLAIN}true && exit\niptables -F -t mangle\n`,
    );
  });

  it('is told where only running tells whether it does', () => {
    expect(unchecked(`f() { [ -f "$1" ] || return 1; iptables ${MARK}; }\nf x\n`)).toEqual([
      'return 1 | whether the function ends here is decided when it runs: what follows is read as if it did not',
    ]);
    expect(unchecked(`iptables ${MARK}\nreturn 0\niptables ${SAVE}\n`)).toEqual([
      'return 0 | whether a script ends at a return outside of its functions is up to the shell',
    ]);
    readsAll(`f() { iptables ${MARK}; [ -f x ] && return; echo x; }\nf\n[ -f x ] || exit 1\nreturn\n`);
  });
});

it.each(['declare -i n=$X+1', 'declare -ia n=(1+1)', 'declare -i n; n=m+1', 'declare -i n=$((m++))'])(
  'a sum that nobody knows is told: %s',
  (script) => {
    expect(unchecked(`${script}\niptables -A INPUT -m mark --mark $n -j DROP\n`)).toEqual([
      expect.stringContaining('the value of n is not known from the text'),
    ]);
  },
);

describe('variables of a function', () => {
  it.each([
    ['lan=br0; f() { local lan; iptables -A INPUT -i $lan; }; f', 1],
    ['lan=br0; f() { local lan; lan=$(x); }; f; iptables -A INPUT -i $lan', 0],
    ['f() { local lan=br0; }; f; iptables -A INPUT -i $lan', 1],
  ])('are told where nobody knows them: %s', (script, count) => {
    expect(unchecked(script)).toHaveLength(count);
  });
});

it.each([
  ['shells', "sh -c 'iptables -A INPUT -j DROP'\n".repeat(2000)],
  ['returns', `f() {\n${'[ -f x ] && return\niptables -A INPUT -j DROP\n'.repeat(1000)}}\nf\n`],
  ['words of a program that nobody knows', `xargs ${'iptables '.repeat(20_000)}\n`],
  ['words that become twice as many', `set -- a b\n${'set -- "$@" "$@"\n'.repeat(60)}`],
])('many %s are read in a moment', (_, script) => {
  expect(leastTime(() => unchecked(script))).toBeLessThan(3000);
});
