import { afterEach, beforeEach, expect, it } from 'vitest';
import { maskMismatch } from '../../src/lint/checks/mask-mismatch.ts';
import { findings } from '../unit/lint/machine-of.ts';
import { makeUplinkHost, type UplinkHost } from './uplink-host.ts';

// mask-mismatch is told exactly where packets lose their mark: each ruleset is loaded, two datagrams of one connection are
// sent, and rules without a target count the marks they have.

const PORT = 5555;
const NEIGHBOUR = '198.51.100.9';

let host: UplinkHost;
beforeEach(() => {
  host = makeUplinkHost();
  // Nobody answers there; so datagrams leave all the same.
  host.run(['ip', 'neighbour', 'add', NEIGHBOUR, 'lladdr', '02:00:00:00:00:01', 'dev', 'wan0']);
});
afterEach(() => host.remove());

/** The second rule marks what has no mark; the third and the last one count the marks of packet and connection. */
function mangle(restore: string, save: string): string {
  const rules = [
    `-j CONNMARK --restore-mark ${restore}`,
    '-m mark --mark 0x0/0xff -j MARK --set-xmark 0x12/0xff',
    '-m mark --mark 0x12/0xff',
    `-j CONNMARK --save-mark ${save}`,
    '-m connmark --mark 0x1200/0xff00',
  ].map((rule) => `-A OUTPUT -p udp -m udp --dport ${PORT} ${rule}\n`);
  return `*mangle\n:OUTPUT ACCEPT [0:0]\n${rules.join('')}COMMIT\n`;
}

function sendDatagram(): void {
  host.run(['socat', '-u', '-', `UDP4-SENDTO:${NEIGHBOUR}:${PORT},sourceport=4444`], 'x');
}

/** Packets that each rule without a target has seen. */
function counted(): readonly number[] {
  const listed = host.run(['iptables-save', '-c', '-t', 'mangle']);
  return [...listed.matchAll(/^\[(\d+):\d+\](?!.* -j ).*$/gm)].map(([, count]) => Number(count));
}

const masks = (packet: string, connection: string) => `--nfmask ${packet} --ctmask ${connection}`;

it.each([
  ['the restore is the reverse of the save', masks('0xff', '0xff00'), 8, masks('0xff', '0xff00'), true],
  ['both masks are wider than the mark', masks('0xfff', '0xff00'), 8, masks('0xff', '0xffff'), true],
  ['the restore takes a part of the mark', masks('0xff', '0xf00'), 8, masks('0xff', '0xff00'), false],
  ['the restore shifts by fewer bits', masks('0xff', '0xff00'), 4, masks('0xff', '0xff00'), false],
  ['the save clears other bits than it writes', masks('0xff', '0xff00'), 8, masks('0xff', '0xff'), false],
])('marks of packets that are saved and restored with shifts: %s', (_, restored, by, saved, works) => {
  const text = mangle(`${restored} --right-shift-mark ${by}`, `${saved} --left-shift-mark 8`);
  host.run(['iptables-restore'], text);
  for (let sent = 0; sent < 2; sent += 1) sendDatagram();
  const [marked, kept] = counted();
  expect(marked === 2 && kept === 2).toBe(works);
  const files = { 'rules.v4': text, 'routes.txt': 'default dev wan0 scope link\n' };
  expect(findings(maskMismatch, files).length > 0).toBe(!works);
});
