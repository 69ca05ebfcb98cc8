import { expect, it } from 'vitest';
import { writeIptablesSave } from '../../../../src/codec/iptables/write.ts';
import { readScript } from '../../../../src/codec/shell/read-script.ts';
import { ALONE } from '../../../../src/codec/shell/script-state.ts';

const SETTINGS = `# Our uplinks
WAN=eth1 WAN2="eth2"
export LAN='br0'
readonly MARK=2
NETS=(192.0.2.0/24 198.51.100.0/24)
ALL="$WAN,$WAN2"
GATEWAY=$(ip route | head -n 1)
`;

function read(script: string, files: Readonly<Record<string, string>> = { 'network.conf': SETTINGS }) {
  const around = { ...ALONE, settingsOf: (name: string) => files[name] };
  const { tables, unchecked } = readScript(script, 'etc/fw.sh', undefined, around);
  const rules = writeIptablesSave(tables).split('\n');
  return {
    rules: rules.filter((line) => line.startsWith('-A')),
    unread: unchecked.map(({ message }) => message),
  };
}

it.each([
  '. network.conf',
  'source ./network.conf',
  '. /etc/fw/network.conf',
  '. "$(dirname "$0")/network.conf"',
])('what a file beside the script gives variables is known: %s', (line) => {
  const script = `${line}\nfor net in "\${NETS[@]}"; do iptables -A FORWARD -i $LAN -o $WAN -s $net -j MARK --set-mark $MARK; done\n`;
  expect(read(script)).toEqual({
    rules: [
      '-A FORWARD -s 192.0.2.0/24 -i br0 -o eth1 -j MARK --set-xmark 0x2/0xffffffff',
      '-A FORWARD -s 198.51.100.0/24 -i br0 -o eth1 -j MARK --set-xmark 0x2/0xffffffff',
    ],
    unread: [],
  });
});

it('what another program says is not known there either', () => {
  expect(read('. network.conf\nip route add default via $GATEWAY table 7').unread).toEqual([
    expect.stringMatching(/the value of GATEWAY is not known/),
  ]);
});

it.each([
  ['there is none', {}],
  ['it does something', { 'network.conf': `${SETTINGS}iptables -F\n` }],
  ['it decides something', { 'network.conf': `${SETTINGS}[ -n "$X" ] && WAN=eth7\n` }],
  ['it has functions', { 'network.conf': `${SETTINGS}ipt() { iptables "$@"; }\n` }],
])('a file is told as not read where %s', (_, files: Readonly<Record<string, string>>) => {
  expect(read('. ./network.conf\niptables -A INPUT -i lo -j ACCEPT', files)).toEqual({
    rules: ['-A INPUT -i lo -j ACCEPT'],
    unread: ['what the script takes in from another file is not read'],
  });
});

it('in a function they are the script’s own, as for the shell', () => {
  const script = 'load() { . ./network.conf; }\nload\niptables -A INPUT -i $LAN -j ACCEPT';
  expect(read(script)).toEqual({ rules: ['-A INPUT -i br0 -j ACCEPT'], unread: [] });
});
