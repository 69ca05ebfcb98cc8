import { describe, expect, it } from 'vitest';
import { readsAll, rules, unchecked } from './script-rules.ts';

const rule = (device: string) => `iptables -A INPUT -i ${device} -j DROP`;
const devices = (script: string) => rules(script).map((one) => /-i (\w+)/.exec(one)?.[1]);

describe('of a case about a word that nobody knows', () => {
  it.each([
    ['start', `case "$1" in stop) ${rule('off')};; start|restart) ${rule('on')};; *) ${rule('any')};; esac`],
    ['up', `case $ACTION in\n  (down) ${rule('off')};;\n  (up) ${rule('on')};;\nesac`],
    ['start before up', `case $1 in up) ${rule('off')};; start) ${rule('on')};; esac`],
    ['a quoted one', `case "\${1:-$MODE}" in 'start') ${rule('on')};; "stop") ${rule('off')};; esac`],
    ['and what stands behind', `case $1 in start) ${rule('on')};& *) ${rule('too')};; esac`],
  ])('the choice is taken that a machine comes up with: %s', (_, script) => {
    readsAll(script);
    expect(devices(script)).toEqual(script.includes('too') ? ['on', 'too'] : ['on']);
  });

  it('an exit in it ends the script, and what it calls is followed', () => {
    const script = `go() {\n${rule('on')}\n}\ncase $1 in\nstart)\n  go\n  exit 0\n;;\nstop) ${rule('off')};;\nesac\n${rule('rest')}`;
    readsAll(script);
    expect(devices(script)).toEqual(['on']);
    expect(devices(script.replace('exit 0', ':'))).toEqual(['on', 'rest']);
  });
});

it.each(['/lib/lsb/init-functions', '/etc/rc.d/init.d/functions', '/lib/functions/network.sh'])(
  'a library of the distribution makes no rules: %s',
  (file) => {
    readsAll(`. ${file}\n[ -r ${file} ] && source ${file}\n${rule('on')}`);
    expect(unchecked(`. ${file}.local`)).toEqual([
      `. ${file}.local | what the script takes in from another file is not read`,
    ]);
  },
);

it('of a word that is known no other choice is taken', () => {
  const script = `MODE=stop\ncase $MODE in start) ${rule('on')};; stop) ${rule('off')};; esac`;
  readsAll(script);
  expect(devices(script)).toEqual(['off']);
});

it.each([
  'case',
  'case x',
  'case x in',
  'case x in y',
  'case x in y) :',
  'case x in ) esac',
  'case in esac in',
])('what ends too early does no harm: %s', (script) => {
  expect(devices(script)).toEqual([]);
  expect(devices(`${script}\n`)).toEqual([]);
});
