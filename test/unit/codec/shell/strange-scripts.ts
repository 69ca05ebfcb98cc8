// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in

export const RESTORE = '-t mangle -A PREROUTING -j CONNMARK --restore-mark';
export const MARK =
  '-t mangle -A PREROUTING -i br0 -p tcp --dport 22 -m conntrack --ctstate NEW -j MARK --set-xmark 2/0xff';
export const ACCEPT = '-t mangle -A PREROUTING -m mark --mark 2/0xff -j ACCEPT';
export const SAVE = '-t mangle -A PREROUTING -j CONNMARK --save-mark';

export const ALL = [RESTORE, MARK, ACCEPT, SAVE];

/** A call for each of the lines. */
function each(call: string, change = (words: string) => words, of: readonly string[] = ALL): string {
  return of.map((words) => `${call} ${change(words)}\n`).join('');
}

function quoted(words: string): string {
  return `"${words}"`;
}

function without(start: string): (words: string) => string {
  return (words) => words.slice(start.length);
}

/** The mark is accepted before it is saved. */
export const PLAIN = each('iptables');

const QUOTED = ALL.map(quoted).join(' ');
const FLUSH = 'iptables -t mangle -F';
const BY_NAME = MARK.replace('br0', '$lan');
const REST = each('iptables', undefined, [ACCEPT, SAVE]);
const LINES = `iptables ${RESTORE}\niptables ${BY_NAME}\n${REST}`;

const BY_MARK = PLAIN.replace('--set-xmark 2/', '--set-xmark $mark/');

type Script = readonly [title: string, script: string];

/** Scripts that make the same rules in bash as the plain one, each with something that only few people write. */
export const STRANGE: Readonly<Record<string, readonly Script[]>> = {
  'a text for another shell': [
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
      'with another shell in it',
      `iptables ${RESTORE}\nsh -c "sh -c \\"iptables ${MARK}\\""\nsh -c 'X=1; exit; iptables -F'\n(iptables ${ACCEPT})\nsh -c "iptables ${SAVE}"`,
    ],
    ['in a function', `rules() { sh -c "iptables $1"; }\n${each('rules', quoted)}`],
  ],
  'the parameters of a script or a function': [
    [
      'shift goes on to the next',
      `f() { t=$1; shift; iptables -t $t "$@"; }\n${each('f mangle', without('-t mangle '))}`,
    ],
    ['shift takes as many as it is told', `f() { shift 2; iptables "$@"; }\n${each('f a b')}`],
    ['shift without enough of them fails', `f() { shift 5 || iptables $1; }\n${each('f', quoted)}`],
    ['shift in a loop', `f() { for n in 1 2 3 4; do iptables $1; shift; done; }\nf ${QUOTED}`],
    ['set -- makes new ones', `set -- ${QUOTED}\nfor words do iptables $words; done`],
    [
      'set makes new ones behind its options',
      `set -e -o pipefail x ${QUOTED}\nset -u\niptables $2; iptables $3; iptables $4; iptables $5`,
    ],
    [
      'set -- in a function changes its own alone',
      `set -- x ${QUOTED}\nf() { set --; set -- -L "$@"; iptables $*; }\nshift; for words; do set -- $words; iptables "$@"; done; f -L`,
    ],
    [
      'set -- puts words before those that it had',
      `f() { set -- -t mangle -A PREROUTING "$@"; iptables "$@"; }\n${each('f', without('-t mangle -A PREROUTING '))}`,
    ],
    [
      'a function gets each word of a variable',
      `f() { iptables -t $1 $2 $3 "$4" $5 $6 $7 $8 $9 \${10} \${11} \${12} \${13} \${14} \${15} \${16} \${17}; }\nF='f mangle'; ARGS='-A PREROUTING -j CONNMARK --restore-mark'\n$F $ARGS\nARGS='${MARK.slice('-t mangle '.length)}'\nf mangle $ARGS\n${each('f', without('-t '), [ACCEPT, SAVE])}`,
    ],
    [
      '$* and $@ without quotes are parted at their blanks',
      `g() { iptables "$@"; }\nf() { g $*; }\nh() { g $@; }\nf "${RESTORE}"\nh "${MARK}" -w\nf ${ACCEPT}\nh ${SAVE}`,
    ],
    [
      '"$@" is no word where there is no parameter',
      `f() { iptables "$@" ${RESTORE} "\${NONE[@]}"; }\nNONE=()\nf\nsh -c 'iptables "$@"' sh ${MARK}\nsh -sc 'iptables $1; iptables $2' sh "${ACCEPT}" "${SAVE}"`,
    ],
  ],
  'an end before its last command': [
    ['of the script, at its exit', `${PLAIN}exit\n${FLUSH}`],
    ['of the script, at the exit of a function', `${PLAIN}f() { exit 1; }\nf || true\n${FLUSH}`],
    ['of the script, at an exit in a loop', `${PLAIN}for x in 1 2; do exit; done\n${FLUSH}`],
    [
      'of the script, at an exit in a counted loop',
      `${PLAIN}for ((i = 0; i < 2; i++)); do exit; done\n${FLUSH}`,
    ],
    ['of the script, at exec', `${PLAIN}exec 3>/dev/null {log}>/dev/null 2>&1\nexec sleep 1\n${FLUSH}`],
    [
      'of the script, at an exec that is its last command',
      `${each('iptables', undefined, ALL.slice(0, 3))}exec iptables ${SAVE}\n${FLUSH}`,
    ],
    [
      'of another shell, at its exit',
      `${PLAIN}sh -c 'exit; ${FLUSH}'\nbash -c "exec true; ${FLUSH}"\n(exit; ${FLUSH})`,
    ],
    ['of a function, at its return', `f() { iptables "$@"; return; ${FLUSH}; }\n${each('f')}`],
    [
      'of a function, at a return in a loop',
      `f() { for x in 1 2; do iptables "$@"; return; done; ${FLUSH}; }\n${each('f')}`,
    ],
    [
      'of a function, at a return in a counted loop',
      `f() { for ((;1;)); do iptables "$@"; return; done; ${FLUSH}; }\n${each('f')}`,
    ],
    ['of a function, at a return in braces', `f() { { iptables "$@"; return; }; ${FLUSH}; }\n${each('f')}`],
    [
      'of the function that returns, and not of its caller',
      `f() { g; iptables "$@"; }\ng() { return; }\n${each('f')}`,
    ],
    ['of a subshell, and not of the script around it', `f() (iptables "$@"; exit; ${FLUSH})\n${each('f')}`],
    [
      'with the status that return or exit names',
      `f() { return $1; }\ng() { for x in a; do return 1; done; }\nf 0 || ${FLUSH}\nf 256 || ${FLUSH}\nf 1 && ${FLUSH}\ng && ${FLUSH}\n(exit 3) && ${FLUSH}\n${PLAIN}`,
    ],
    [
      'with the status of the command before a return that names none',
      `f() { false; return; }\nf && ${FLUSH}\n${PLAIN}`,
    ],
  ],
  'text in the place of what is not set, as in ${NAME:-TEXT}': [
    [
      'for a parameter',
      `f() { iptables -t \${2:-mangle} -A $1 -i \${4:-br0} \${3-} \${REST}; }
iptables ${RESTORE}\nREST='${MARK.replace(/.*br0 /, '')}'\nf PREROUTING\n${REST}`,
    ],
    [
      'for an empty parameter',
      `f() { t=\${1:-mangle}; c=\${1-x}; shift; iptables -t $t -A PREROUTING $c "$@"; }\n${each('f ""', without('-t mangle -A PREROUTING '))}`,
    ],
    [
      'for a variable that is empty',
      `lan=\niptables ${RESTORE}\niptables ${MARK.replace('br0', '${lan:-br0}')}\nlan=br0\n${REST}`,
    ],
    [
      'that the variable keeps, as in ${NAME:=TEXT}',
      `none=\n: \${lan:=br0} \${none=x} "\${lan:=wan0}"\niptables $none -L\n${LINES}`,
    ],
    ['in an assignment', `wan=\${lan=br0}\n${LINES}`],
  ],
  'functions with the name of the program that they start': [
    ['which they start by command', `iptables() { command iptables -w 5 "$@"; }\n${PLAIN}`],
    ['which they start by another program', `iptables() { timeout 5 iptables -w "$@"; }\n${PLAIN}`],
    [
      'which they start by its path',
      `iptables() { [ "$1" ]; $(which iptables) -L; /usr/sbin/iptables "$@"; }\n${PLAIN}`,
    ],
    [
      'are not called where command stands before the name',
      `iptables() { :; }\n${each('command iptables')}iptables -t mangle -F`,
    ],
    [
      'and that call each other',
      `ipt() { iptables "$@"; }\niptables() { command -- iptables "$@"; }\n${each('ipt')}`,
    ],
  ],
  'variables that are sums (declare -i)': [
    ['with their value', `declare -i mark=1+1\n${BY_MARK}`],
    ['before they have a value', `declare -i mark\nmark='7 & 2'\n${BY_MARK}`],
    ['by typeset, with other flags', `one=1\ntypeset -ir mark=one*2\n${BY_MARK}`],
    ['added to', `declare -i mark\nmark+=4; mark+=-2\n${BY_MARK}`],
    ['without a value, and octal', `declare -i mark=010 none=\nmark=mark/4+none\n${BY_MARK}`],
    ['with a value from before', `mark=1; declare -i mark; mark+=1\n${BY_MARK}`],
    [
      'until declare +i or unset',
      `declare -i mark=5; declare +i mark; mark=2; mark+=\nunset n; declare -i n; unset n; n=1+1; n=\n${BY_MARK}`,
    ],
    [
      'only within the function that declares them',
      `f() { local -i mark=3*3; declare -i other=1+1; mark+=1; real=$((mark - 8)); }\nmark=x; other=; f; mark=; mark+=$real; other+=\n${BY_MARK}`,
    ],
    [
      'while a function has a local text of that name',
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
      'may be arrays',
      `declare -A lan=([a]=br0)\nf() { local -A lan=([a]=wan0) [b]=x; local lan=c; }\nf\n${LINES.replace('$lan', '${lan[a]}')}`,
    ],
    [
      'with declare -g and export are those of the script',
      `lan=wan0\nf() { declare -g lan=br0; export y=1; }\nf\n${LINES}`,
    ],
    ['that are not declared are those of the script', `lan=wan0\nf() { lan=br0; unset other; }\nf\n${LINES}`],
    [
      'are given the values from before they were declared',
      `lan=br0\nf() { local lan=wan0 old=$lan; lan=wan1; real=$old; }\nf\n${LINES.replace('$lan', '$real')}`,
    ],
    ['in a subshell are gone behind it', `lan=br0\nf() { (lan=wan0; local lan=wan1); }\nf\n${LINES}`],
    [
      'that are assigned before the call are gone behind it',
      `lan=wan0\nf() { iptables ${BY_NAME}; }\niptables ${RESTORE}\nlan=br0 f\n${REST}`,
    ],
    [
      'are also its parameters: each function has its own',
      `f() { g x; iptables $1; }\ng() { set -- y; }\n${each('f', quoted)}`,
    ],
  ],
  'what is asked before': [
    [
      'whether a rule is there',
      ALL.map(
        (words) =>
          `if ! iptables ${words.replace('-A', '-C')} 2>/dev/null; then\n  iptables ${words}\nelse ${FLUSH}\nfi\n`,
      ).join(''),
    ],
    [
      'whether a chain is there',
      `if iptables -t mangle -nL own >/dev/null 2>&1; then ${PLAIN}else iptables -t mangle -N own; fi\nif iptables -t mangle -nL own >/dev/null; then\n${PLAIN}else ${FLUSH}\nfi`,
    ],
    [
      'what came of the command before',
      `iptables ${RESTORE.replace('-A', '-C')} 2>/dev/null\nif [ $? -ne 0 ]; then iptables ${RESTORE}; fi\n[ "$?" = 0 ] && iptables ${MARK}\nfalse\nif [ $? -eq 0 ]; then ${FLUSH}; fi\nf() { return 2; }\nf\n[ $? -gt 0 ] || true\n${REST}`,
    ],
    [
      'what a variable is',
      `NAT=no MODE=on LAN=\n[ "$NAT" = yes ] && ${FLUSH}\nif [ $MODE = off ]; then ${FLUSH}; elif [[ $LAN == "" && -n $MODE ]]; then :; fi\nif test ! "$MODE" != on; then\n${PLAIN}elif [ -z "$LAN" ]; then ${FLUSH}; fi`,
    ],
    [
      'a number within a choice',
      `n=3\nif [ $n -lt 2 ]; then ${FLUSH}\nelif [ "$n" -ge 3 ]; then\n  if [[ $n -eq 4 ]]; then ${FLUSH}; else\n${PLAIN}  fi\nelse ${FLUSH}; fi`,
    ],
    [
      'before it gives up',
      `LAN=br0\nif [ -z "$LAN" ]; then echo no; exit 1; fi\n[ "$LAN" ] || exit 1\n[ -z "$LAN" ] && exit 1\nif ! iptables -t mangle -N own; then exit 1; fi\n${PLAIN}`,
    ],
    [
      'of what a function is given',
      `f() { if [ $# -eq 0 ]; then ${FLUSH}; return; elif [ "$1" = first ]; then iptables ${RESTORE}; iptables ${MARK}; else ${REST}fi; }\nf first\nf second`,
    ],
  ],
  'a file that it writes': [
    [
      'and loads',
      `F=/tmp/polywan-strange\ncat > "$F" <<EOF\n*mangle\n${ALL.map((words) => `${words.slice('-t mangle '.length)}\n`).join('')}COMMIT\nEOF\niptables-restore < $F\nchmod 600 $F\nrm $F`,
    ],
    [
      'as root, again, with its variables, and names',
      `F=/tmp/polywan-strange lan=br0\ncat > $F 2>/dev/null <<EOF\n*mangle\n-A INPUT -j DROP\nCOMMIT\nEOF\ncat <<EOF | tee $F >/dev/null\n*mangle\n${[RESTORE, BY_NAME, ACCEPT, SAVE].map((words) => `${words.slice('-t mangle '.length)}\n`).join('')}COMMIT\nEOF\niptables-restore -n $F\nrm $F`,
    ],
  ],
  'a word that decides': [
    [
      'by words, signs and the rest',
      `m=on\ncase $m in\n  off|no) ${FLUSH};;\n  o[mn]) iptables ${RESTORE}; iptables ${MARK} ;;\n  *) ${FLUSH}\nesac\ncase $m in x) ${FLUSH};; esac\ncase "\${m}e" in [!x]?e) ${REST.trim().replace('\n', '; ')};; *) ${FLUSH};; esac`,
    ],
    [
      'for several',
      `case a in a) iptables ${RESTORE};& b) iptables ${MARK};; a) ${FLUSH};; esac\ncase xy in x*) iptables ${ACCEPT};;& *z) ${FLUSH};; *y) iptables ${SAVE};; *) ${FLUSH};; esac`,
    ],
    [
      'as it is quoted',
      `s='*'\ncase ab in "a*") ${FLUSH};; (a$s) iptables ${RESTORE};; esac\ncase ab in a"$s") ${FLUSH};; a*) iptables ${MARK};; esac\ncase "$s" in [ab]) ${FLUSH};; '*') iptables ${ACCEPT};; esac\ncase a.b in axb) ${FLUSH};; a.b) iptables ${SAVE};; esac`,
    ],
    [
      'what a function does',
      `fw() {\n  case "$1" in\n    stop) ${FLUSH} ;;\n    start|restart)\n      iptables $2\n      ;;\n  esac\n}\n${each('fw start', quoted)}`,
    ],
  ],
  'numbers that are counted': [
    [
      'up to one that is known',
      `N=3\nset -- "" ${QUOTED}\nfor i in $(seq 2 $((N + 2))); do eval "x=1"; shift; iptables $1; done`,
    ],
    [
      'from one, by two, and down',
      `n=0\nfor i in $(seq 2); do n=$((n * 10 + i)); done\nfor i in \`seq 5 -2 1\`; do n=$((n * 10 + i)); done\nfor i in $(seq 3 1) $(seq -1 -1); do n=$((n + i)); done\n[ $n -eq 12530 ] && iptables ${RESTORE} && iptables ${MARK}\n[ "$(seq 2 3)" = "2\n3" ] && iptables ${ACCEPT}\niptables ${SAVE}`,
    ],
  ],
};
