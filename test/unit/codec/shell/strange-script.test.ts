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
