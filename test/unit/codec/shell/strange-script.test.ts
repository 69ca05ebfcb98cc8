// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in
import { describe, expect, it } from 'vitest';
import { readScript } from '../../../../src/codec/shell/read-script.ts';
import { readsAll, rules, unchecked } from './script-rules.ts';

const RESTORE = '-t mangle -A PREROUTING -j CONNMARK --restore-mark';
const MARK =
  '-t mangle -A PREROUTING -i br0 -p tcp --dport 22 -m conntrack --ctstate NEW -j MARK --set-xmark 2/0xff';
const ACCEPT = '-t mangle -A PREROUTING -m mark --mark 2/0xff -j ACCEPT';
const SAVE = '-t mangle -A PREROUTING -j CONNMARK --save-mark';

/** The mark is accepted before it is saved. */
const PLAIN = rules([RESTORE, MARK, ACCEPT, SAVE].map((words) => `iptables ${words}\n`).join(''));

/** Makes the same rules as the plain script, and nothing of it is left out. */
function readsAsPlain(script: string): void {
  readsAll(script);
  expect(rules(script)).toEqual(PLAIN);
}

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
    'sh -c',
  ];
  it.each(prefixes)('%s', (prefix) => {
    const quote = prefix === 'sh -c' ? "'" : '';
    const lines = [RESTORE, MARK, ACCEPT, SAVE].map(
      (words) => `${prefix} ${quote}iptables ${words}${quote}\n`,
    );
    readsAsPlain(lines.join(''));
    expect(unchecked(`[ -f x ] && ${lines[0]}`)).toHaveLength(1);
  });

  it('only where that is known', () => {
    expect(unchecked(`timeout $T iptables ${MARK}\n`)).toEqual([
      `timeout $T iptables ${MARK} | which program it starts is not known from the text`,
    ]);
    expect(unchecked(`xargs -n 1 iptables ${MARK}\n`)).toEqual([
      `xargs -n 1 iptables ${MARK} | what xargs does with these words is not known`,
    ]);
    expect(unchecked('su -c "iptables-restore /etc/rules" root\n')).toHaveLength(1);
    readsAll(
      'echo "iptables -A INPUT -j DROP"\nip netns exec r iptables -A INPUT -j DROP\ncommand -v iptables\n',
    );
  });
});

describe('the text that a shell is given is a script of its own', () => {
  it.each([
    `sh -c 'iptables ${RESTORE}; iptables ${MARK}\niptables ${ACCEPT} && iptables ${SAVE}'`,
    `bash -e -o pipefail -c "iptables ${RESTORE}; iptables ${MARK}; iptables ${ACCEPT}; iptables ${SAVE}"`,
    `sudo sh <<'EOF'\niptables ${RESTORE}\niptables ${MARK}\niptables ${ACCEPT}\niptables ${SAVE}\nEOF\n`,
    `IPT='iptables -w'\nsh -c "$IPT ${RESTORE}; $IPT ${MARK}; $IPT ${ACCEPT}; $IPT ${SAVE}"`,
    `iptables ${RESTORE}\nsh -c "sh -c \\"iptables ${MARK}\\""\nsh -c 'X=1; exit; iptables -F'\n(iptables ${ACCEPT})\nsh -c "iptables ${SAVE}"`,
    `rules() { sh -c "iptables $1"; }\n${[RESTORE, MARK, ACCEPT, SAVE].map((words) => `rules "${words}"\n`).join('')}`,
  ])('%s', readsAsPlain);

  it('whose rules stand where they are written', () => {
    const script = `X=1\nsh -ec 'iptables -A INPUT -j DROP\n iptables -A FORWARD -j DROP'\nsh -c "iptables -A OUTPUT -o \\$X -j DROP"\n`;
    const spans = readScript(script, 'fw.sh').tables.flatMap(({ chains }) =>
      chains.flatMap((chain) => chain.rules.map(({ span }) => script.slice(span?.start, span?.end))),
    );
    expect(spans).toEqual(['iptables -A INPUT -j DROP', 'iptables -A FORWARD -j DROP']);
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
  ])('unless it is not known: %s', (command, why) => {
    expect(unchecked(`${command}\n`)).toEqual([`${command} | ${why}`]);
  });

  it('that knows none of the functions and of the variables only what was exported', () => {
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

const ALL = [RESTORE, MARK, ACCEPT, SAVE];
const quoted = ALL.map((words) => `"${words}"`).join(' ');

describe('the words of a script or a function', () => {
  it.each([
    [
      'shift goes on to the next',
      `f() { t=$1; shift; iptables -t $t "$@"; }\n${each('f mangle', (words) => words.slice('-t mangle '.length))}`,
    ],
    ['shift takes as many as it is told', `f() { shift 2; iptables "$@"; }\n${each('f a b')}`],
    [
      'shift without enough of them fails',
      `f() { shift 5 || iptables $1; }\n${each('f', (words) => `"${words}"`)}`,
    ],
    ['in a loop', `f() { for n in 1 2 3 4; do iptables $1; shift; done; }\nf ${quoted}`],
    ['set -- makes new ones', `set -- ${quoted}\nfor words do iptables $words; done`],
    [
      'set makes new ones behind its options',
      `set -e -o pipefail x ${quoted}\nset -u\niptables $2; iptables $3; iptables $4; iptables $5`,
    ],
    [
      'set -- in a function is its own',
      `set -- x ${quoted}\nf() { set --; set -- -L "$@"; iptables $*; }\nshift; for words; do set -- $words; iptables "$@"; done; f -L`,
    ],
    [
      'set -- adds to them',
      `f() { set -- -t mangle -A PREROUTING "$@"; iptables "$@"; }\n${each('f', (words) => words.slice('-t mangle -A PREROUTING '.length))}`,
    ],
    [
      'a function gets each word of a variable',
      `f() { iptables -t $1 $2 $3 "$4" $5 $6 $7 $8 $9 \${10} \${11} \${12} \${13} \${14} \${15} \${16} \${17}; }\nF='f mangle'; ARGS='-A PREROUTING -j CONNMARK --restore-mark'\n$F $ARGS\nARGS='${MARK.slice('-t mangle '.length)}'\nf mangle $ARGS\n${each('f', (words) => words.slice('-t '.length), [ACCEPT, SAVE])}`,
    ],
    [
      'a function gets each of $* and $@ as the shell parts them',
      `g() { iptables "$@"; }\nf() { g $*; }\nh() { g $@; }\nf "${RESTORE}"\nh "${MARK}" -w\nf ${ACCEPT}\nh ${SAVE}`,
    ],
    [
      'no word comes of "$@" without any',
      `f() { iptables "$@" ${RESTORE} "\${NONE[@]}"; }\nNONE=()\nf\nsh -c 'iptables "$@"' sh ${MARK}\nsh -sc 'iptables $1; iptables $2' sh "${ACCEPT}" "${SAVE}"`,
    ],
  ])('%s', (_, script) => readsAsPlain(`${script}\n`));

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
    ['set -- a b; (shift); (set -- c); iptables -A INPUT -i $1 -j DROP', []],
  ])('are told where nobody knows them: %s', (script, why) => {
    const told = unchecked(`f() { iptables -A INPUT -i $2 -j DROP; }\n${script}\n`);
    expect(told.map((line) => /the value of \S+/.exec(line)?.[0])).toEqual(why);
  });
});

describe('what ends before its last command', () => {
  const flush = 'iptables -t mangle -F';
  const lines = each('iptables');
  it.each([
    ['a script at its exit', `${lines}exit\n${flush}`],
    ['a script at the exit of a function', `${lines}f() { exit 1; }\nf || true\n${flush}`],
    ['a script at an exit in a loop', `${lines}for x in 1 2; do exit; done\n${flush}`],
    ['a script at an exit in a counted loop', `${lines}for ((i = 0; i < 2; i++)); do exit; done\n${flush}`],
    ['a script at exec', `${lines}exec 3>/dev/null {log}>/dev/null 2>&1\nexec sleep 1\n${flush}`],
    [
      'a script whose last command is exec',
      `${each('iptables', undefined, ALL.slice(0, 3))}exec iptables ${SAVE}\n${flush}`,
    ],
    [
      'a shell at its exit',
      `${lines}sh -c 'exit; ${flush}'\nbash -c "exec true; ${flush}"\n(exit; ${flush})`,
    ],
    ['a function at its return', `f() { iptables "$@"; return; ${flush}; }\n${each('f')}`],
    [
      'a function at a return in a loop',
      `f() { for x in 1 2; do iptables "$@"; return; done; ${flush}; }\n${each('f')}`,
    ],
    [
      'a function at a return in a counted loop',
      `f() { for ((;1;)); do iptables "$@"; return; done; ${flush}; }\n${each('f')}`,
    ],
    ['a function at a return in braces', `f() { { iptables "$@"; return; }; ${flush}; }\n${each('f')}`],
    ['not the function that called', `f() { g; iptables "$@"; }\ng() { return; }\n${each('f')}`],
    ['not the script around a subshell', `f() (iptables "$@"; exit; ${flush})\n${each('f')}`],
    [
      'with the status that it says',
      `f() { return $1; }\ng() { for x in a; do return 1; done; }\nf 0 || ${flush}\nf 256 || ${flush}\nf 1 && ${flush}\ng && ${flush}\n(exit 3) && ${flush}\n${lines}`,
    ],
    ['with the status of the command before', `f() { false; return; }\nf && ${flush}\n${lines}`],
  ])('%s', (_, script) => readsAsPlain(`${script}\n`));

  it('is told where only running tells whether it does', () => {
    expect(unchecked(`f() { [ "$2" ] || return 1; iptables ${MARK}; }\nf x\n`)).toEqual([
      'return 1 | whether the function ends here is decided when it runs: what follows is read as if it did not',
    ]);
    expect(unchecked(`iptables ${MARK}\nreturn 0\niptables ${SAVE}\n`)).toEqual([
      'return 0 | whether a script ends at a return outside of its functions is up to the shell',
    ]);
    readsAll(`f() { iptables ${MARK}; [ -f x ] && return; echo x; }\nf\n[ -f x ] || exit 1\nreturn\n`);
  });
});

describe('variables of a function', () => {
  const byName = MARK.replace('br0', '$lan');
  const rest = each('iptables', undefined, [ACCEPT, SAVE]);
  const lines = `iptables ${RESTORE}\niptables ${byName}\n${rest}`;
  it.each([
    ['local ones are gone behind it', `lan=br0\nf() { local lan=wan0; lan=wan1; }\nf\n${lines}`],
    [
      'local ones are seen by the functions it calls',
      `lan=wan0\nf() { local lan=br0; g; }\ng() { iptables ${byName}; lan=wan1; }\niptables ${RESTORE}\nf\n[ $lan ]\n${rest}`,
    ],
    [
      'declared ones are its own too',
      `lan=br0\nf() { declare lan=wan0; typeset -r x=1; local -a lan; lan=(a b); }\nf\n${lines}`,
    ],
    [
      'arrays too',
      `declare -A lan=([a]=br0)\nf() { local -A lan=([a]=wan0) [b]=x; local lan=c; }\nf\n${lines.replace('$lan', '${lan[a]}')}`,
    ],
    [
      'not where it says that they are for all',
      `lan=wan0\nf() { declare -g lan=br0; export y=1; }\nf\n${lines}`,
    ],
    ['others are for all', `lan=wan0\nf() { lan=br0; unset other; }\nf\n${lines}`],
    [
      'their values are put in before',
      `lan=br0\nf() { local lan=wan0 old=$lan; lan=wan1; real=$old; }\nf\n${lines.replace('$lan', '$real')}`,
    ],
    ['local ones of a subshell', `lan=br0\nf() { (lan=wan0; local lan=wan1); }\nf\n${lines}`],
    [
      'before the call are its own',
      `lan=wan0\nf() { iptables ${byName}; }\niptables ${RESTORE}\nlan=br0 f\n${rest}`,
    ],
    [
      'the words of one within another',
      `f() { g x; iptables $1; }\ng() { set -- y; }\n${each('f', (words) => `"${words}"`)}`,
    ],
  ])('%s', (_, script) => readsAsPlain(`${script}\n`));

  it.each([
    ['lan=br0; f() { local lan; iptables -A INPUT -i $lan; }; f', 1],
    ['lan=br0; f() { local lan; lan=$(x); }; f; iptables -A INPUT -i $lan', 0],
    ['f() { local lan=br0; }; f; iptables -A INPUT -i $lan', 1],
  ])('are told where nobody knows them: %s', (script, count) => {
    expect(unchecked(script)).toHaveLength(count);
  });
});

/** A call for each of the plain script's lines. */
function each(call: string, change = (words: string) => words, of: readonly string[] = ALL): string {
  return of.map((words) => `${call} ${change(words)}\n`).join('');
}
