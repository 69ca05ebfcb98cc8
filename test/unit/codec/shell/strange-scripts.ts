// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in

export const RESTORE = '-t mangle -A PREROUTING -j CONNMARK --restore-mark';
export const MARK =
  '-t mangle -A PREROUTING -i br0 -p tcp --dport 22 -m conntrack --ctstate NEW -j MARK --set-xmark 2/0xff';
export const ACCEPT = '-t mangle -A PREROUTING -m mark --mark 2/0xff -j ACCEPT';
export const SAVE = '-t mangle -A PREROUTING -j CONNMARK --save-mark';

const ALL = [RESTORE, MARK, ACCEPT, SAVE];

/** A call for each of the lines. */
function each(call: string, change = (words: string) => words, of: readonly string[] = ALL): string {
  return of.map((words) => `${call} ${change(words)}\n`).join('');
}

/** The mark is accepted before it is saved. */
export const PLAIN = each('iptables');

const QUOTED = ALL.map((words) => `"${words}"`).join(' ');
const FLUSH = 'iptables -t mangle -F';
const BY_NAME = MARK.replace('br0', '$lan');
const REST = each('iptables', undefined, [ACCEPT, SAVE]);
const LINES = `iptables ${RESTORE}\niptables ${BY_NAME}\n${REST}`;

const BY_MARK = PLAIN.replace('--set-xmark 2/', '--set-xmark $mark/');

type Script = readonly [title: string, script: string];

/** Scripts that bash makes the plain one's rules of, written as only few write them. */
export const STRANGE: Readonly<Record<string, readonly Script[]>> = {
  'the text that a shell is given': [
    ['in quotes', `sh -c 'iptables ${RESTORE}; iptables ${MARK}\niptables ${ACCEPT} && iptables ${SAVE}'`],
    [
      'behind options',
      `bash -e -o pipefail -c "iptables ${RESTORE}; iptables ${MARK}; iptables ${ACCEPT}; iptables ${SAVE}"`,
    ],
    [
      'in a here-document',
      `sh <<'EOF'\niptables ${RESTORE}\niptables ${MARK}\niptables ${ACCEPT}\niptables ${SAVE}\nEOF\n`,
    ],
    [
      'with variables put in',
      `IPT='iptables -w'\nsh -c "$IPT ${RESTORE}; $IPT ${MARK}; $IPT ${ACCEPT}; $IPT ${SAVE}"`,
    ],
    [
      'within another',
      `iptables ${RESTORE}\nsh -c "sh -c \\"iptables ${MARK}\\""\nsh -c 'X=1; exit; iptables -F'\n(iptables ${ACCEPT})\nsh -c "iptables ${SAVE}"`,
    ],
    [
      'of a function',
      `rules() { sh -c "iptables $1"; }\n${[RESTORE, MARK, ACCEPT, SAVE].map((words) => `rules "${words}"\n`).join('')}`,
    ],
  ],
  'the words of a script or a function': [
    [
      'shift goes on to the next',
      `f() { t=$1; shift; iptables -t $t "$@"; }\n${each('f mangle', (words) => words.slice('-t mangle '.length))}`,
    ],
    ['shift takes as many as it is told', `f() { shift 2; iptables "$@"; }\n${each('f a b')}`],
    [
      'shift without enough of them fails',
      `f() { shift 5 || iptables $1; }\n${each('f', (words) => `"${words}"`)}`,
    ],
    ['in a loop', `f() { for n in 1 2 3 4; do iptables $1; shift; done; }\nf ${QUOTED}`],
    ['set -- makes new ones', `set -- ${QUOTED}\nfor words do iptables $words; done`],
    [
      'set makes new ones behind its options',
      `set -e -o pipefail x ${QUOTED}\nset -u\niptables $2; iptables $3; iptables $4; iptables $5`,
    ],
    [
      'set -- in a function is its own',
      `set -- x ${QUOTED}\nf() { set --; set -- -L "$@"; iptables $*; }\nshift; for words; do set -- $words; iptables "$@"; done; f -L`,
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
  ],
  'what ends before its last command': [
    ['a script at its exit', `${PLAIN}exit\n${FLUSH}`],
    ['a script at the exit of a function', `${PLAIN}f() { exit 1; }\nf || true\n${FLUSH}`],
    ['a script at an exit in a loop', `${PLAIN}for x in 1 2; do exit; done\n${FLUSH}`],
    ['a script at an exit in a counted loop', `${PLAIN}for ((i = 0; i < 2; i++)); do exit; done\n${FLUSH}`],
    ['a script at exec', `${PLAIN}exec 3>/dev/null {log}>/dev/null 2>&1\nexec sleep 1\n${FLUSH}`],
    [
      'a script whose last command is exec',
      `${each('iptables', undefined, ALL.slice(0, 3))}exec iptables ${SAVE}\n${FLUSH}`,
    ],
    [
      'a shell at its exit',
      `${PLAIN}sh -c 'exit; ${FLUSH}'\nbash -c "exec true; ${FLUSH}"\n(exit; ${FLUSH})`,
    ],
    ['a function at its return', `f() { iptables "$@"; return; ${FLUSH}; }\n${each('f')}`],
    [
      'a function at a return in a loop',
      `f() { for x in 1 2; do iptables "$@"; return; done; ${FLUSH}; }\n${each('f')}`,
    ],
    [
      'a function at a return in a counted loop',
      `f() { for ((;1;)); do iptables "$@"; return; done; ${FLUSH}; }\n${each('f')}`,
    ],
    ['a function at a return in braces', `f() { { iptables "$@"; return; }; ${FLUSH}; }\n${each('f')}`],
    ['not the function that called', `f() { g; iptables "$@"; }\ng() { return; }\n${each('f')}`],
    ['not the script around a subshell', `f() (iptables "$@"; exit; ${FLUSH})\n${each('f')}`],
    [
      'with the status that it says',
      `f() { return $1; }\ng() { for x in a; do return 1; done; }\nf 0 || ${FLUSH}\nf 256 || ${FLUSH}\nf 1 && ${FLUSH}\ng && ${FLUSH}\n(exit 3) && ${FLUSH}\n${PLAIN}`,
    ],
    ['with the status of the command before', `f() { false; return; }\nf && ${FLUSH}\n${PLAIN}`],
  ],
  'words in the place of what is not set': [
    [
      'for a parameter',
      `f() { iptables -t \${2:-mangle} -A $1 -i \${4:-br0} \${3-} \${REST}; }
iptables ${RESTORE}\nREST='${MARK.replace(/.*br0 /, '')}'\nf PREROUTING\n${REST}`,
    ],
    [
      'for an empty one',
      `f() { t=\${1:-mangle}; c=\${1-x}; shift; iptables -t $t -A PREROUTING $c "$@"; }\n${each('f ""', (words) => words.slice('-t mangle -A PREROUTING '.length))}`,
    ],
    [
      'for a variable that is empty',
      `lan=\niptables ${RESTORE}\niptables ${MARK.replace('br0', '${lan:-br0}')}\nlan=br0\n${REST}`,
    ],
    [
      'that is given to the variable',
      `none=\n: \${lan:=br0} \${none=x} "\${lan:=wan0}"\niptables $none -L\n${LINES}`,
    ],
    ['in an assignment', `wan=\${lan=br0}\n${LINES}`],
  ],
  'functions that have the name of what they start': [
    ['behind command', `iptables() { command iptables -w 5 "$@"; }\n${PLAIN}`],
    ['behind another program', `iptables() { timeout 5 iptables -w "$@"; }\n${PLAIN}`],
    ['by its path', `iptables() { [ "$1" ]; $(which iptables) -L; /usr/sbin/iptables "$@"; }\n${PLAIN}`],
    [
      'around what another program starts',
      `iptables() { :; }\n${each('command iptables')}iptables -t mangle -F`,
    ],
    [
      'each for the next',
      `ipt() { iptables "$@"; }\niptables() { command -- iptables "$@"; }\n${each('ipt')}`,
    ],
  ],
  'variables that are sums': [
    ['declare -i', `declare -i mark=1+1\n${BY_MARK}`],
    ['declare -i before its value', `declare -i mark\nmark='7 & 2'\n${BY_MARK}`],
    ['typeset -ir', `one=1\ntypeset -ir mark=one*2\n${BY_MARK}`],
    ['added to', `declare -i mark\nmark+=4; mark+=-2\n${BY_MARK}`],
    ['without a value, and octal', `declare -i mark=010 none=\nmark=mark/4+none\n${BY_MARK}`],
    ['of one that has a value already', `mark=1; declare -i mark; mark+=1\n${BY_MARK}`],
    [
      'no longer',
      `declare -i mark=5; declare +i mark; mark=2; mark+=\nunset n; declare -i n; unset n; n=1+1; n=\n${BY_MARK}`,
    ],
    [
      'of a function only',
      `f() { local -i mark=3*3; declare -i other=1+1; mark+=1; real=$((mark - 8)); }\nmark=x; other=; f; mark=; mark+=$real; other+=\n${BY_MARK}`,
    ],
    [
      'in spite of which a function has words',
      `declare -i mark=2\nf() { local mark=1+1; mark=y; }\nf\n${BY_MARK}`,
    ],
  ],
  'variables of a function': [
    ['local ones are gone behind it', `lan=br0\nf() { local lan=wan0; lan=wan1; }\nf\n${LINES}`],
    [
      'local ones are seen by the functions it calls',
      `lan=wan0\nf() { local lan=br0; g; }\ng() { iptables ${BY_NAME}; lan=wan1; }\niptables ${RESTORE}\nf\n[ $lan ]\n${REST}`,
    ],
    [
      'declared ones are its own too',
      `lan=br0\nf() { declare lan=wan0; typeset -r x=1; local -a lan; lan=(a b); }\nf\n${LINES}`,
    ],
    [
      'arrays too',
      `declare -A lan=([a]=br0)\nf() { local -A lan=([a]=wan0) [b]=x; local lan=c; }\nf\n${LINES.replace('$lan', '${lan[a]}')}`,
    ],
    [
      'not where it says that they are for all',
      `lan=wan0\nf() { declare -g lan=br0; export y=1; }\nf\n${LINES}`,
    ],
    ['others are for all', `lan=wan0\nf() { lan=br0; unset other; }\nf\n${LINES}`],
    [
      'their values are put in before',
      `lan=br0\nf() { local lan=wan0 old=$lan; lan=wan1; real=$old; }\nf\n${LINES.replace('$lan', '$real')}`,
    ],
    ['local ones of a subshell', `lan=br0\nf() { (lan=wan0; local lan=wan1); }\nf\n${LINES}`],
    [
      'before the call are its own',
      `lan=wan0\nf() { iptables ${BY_NAME}; }\niptables ${RESTORE}\nlan=br0 f\n${REST}`,
    ],
    [
      'the words of one within another',
      `f() { g x; iptables $1; }\ng() { set -- y; }\n${each('f', (words) => `"${words}"`)}`,
    ],
  ],
};
