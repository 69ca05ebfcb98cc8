import { MASQUERADE as NAT, type Written } from './subject.ts';

/** Multi-WAN rulesets as people write them for iptables, each right in a way of its own. */

const MASQUERADE = NAT.iptables;

const FORWARDS = MASQUERADE.replace(
  '-A POSTROUTING -o wan0',
  `-A PREROUTING -i wan+ -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.1.10:443
-A PREROUTING -i wan+ -p udp -m udp --dport 8080 -j DNAT --to-destination 192.168.1.10:443
-A POSTROUTING -o wan0`,
);

const SNAT = MASQUERADE.replace('wan0 -j MASQUERADE', 'wan0 -j SNAT --to-source 198.51.100.2').replace(
  'wan1 -j MASQUERADE',
  'wan1 -j SNAT --to-source 203.0.113.2',
);

function mangle(lines: string): string {
  const names = [...new Set([...lines.matchAll(/^-A (\S+)/gm)].map(([, name = '']) => name))];
  const builtin = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
  const own = names.filter((name) => !builtin.includes(name));
  return `*mangle\n${builtin.map((name) => `:${name} ACCEPT [0:0]\n`).join('')}${own.map((name) => `:${name} - [0:0]\n`).join('')}${lines}COMMIT\n`;
}

const WHOLE = { wan0: '0x30', wan1: '0x36' };
const BYTE = { wan0: '0x1/0xff', wan1: '0x2/0xff' };
const HIGH = { wan0: '0x100/0x3f00', wan1: '0x200/0x3f00' };

export const WRITTEN_IPTABLES: readonly Written[] = [
  {
    name: 'restore, leave what has a mark, one client apart, save',
    marks: WHOLE,
    text: `${mangle(`-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0x0 -j ACCEPT
-A PREROUTING -s 192.168.1.11/32 -i lan0 -j MARK --set-xmark 0x36/0xffffffff
-A PREROUTING -m mark --mark 0x0 -j MARK --set-xmark 0x30/0xffffffff
-A PREROUTING -j CONNMARK --save-mark
`)}${MASQUERADE}`,
  },
  {
    name: 'a chain that chooses, for new connections, by the connmark',
    marks: BYTE,
    marksReplies: true,
    text: `${mangle(`-A PREROUTING -m connmark ! --mark 0x0/0xff -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i lan0 -m conntrack --ctstate NEW -m connmark --mark 0x0/0xff -j choose
-A PREROUTING -i wan0 -m conntrack --ctstate NEW -m mark --mark 0x0/0xff -j CONNMARK --set-xmark 0x1/0xff
-A PREROUTING -i wan1 -m conntrack --ctstate NEW -m mark --mark 0x0/0xff -j CONNMARK --set-xmark 0x2/0xff
-A OUTPUT -m connmark ! --mark 0x0/0xff -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A choose -p udp -m udp --dport 53 -j MARK --set-xmark 0x2/0xff
-A choose -s 192.168.1.11/32 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x2/0xff
-A choose -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff
-A choose -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`)}${FORWARDS}`,
  },
  {
    name: 'one after the other, drawn once',
    marks: BYTE,
    text: `${mangle(`-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -m mark ! --mark 0x0/0xff -j RETURN
-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x1/0xff
-A PREROUTING -i lan0 -m conntrack --ctstate NEW -m statistic --mode nth --every 2 --packet 0 -j MARK --set-xmark 0x2/0xff
-A PREROUTING -i lan0 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`)}${MASQUERADE}`,
  },
  {
    name: 'hooks of a balancer, each step where no bits are set',
    marks: HIGH,
    marksReplies: true,
    text: `${mangle(`-A PREROUTING -j hook
-A OUTPUT -j hook
-A hook -m mark --mark 0x0/0x3f00 -j CONNMARK --restore-mark --nfmask 0x3f00 --ctmask 0x3f00
-A hook -m mark --mark 0x0/0x3f00 -j ifaces
-A hook -m mark --mark 0x0/0x3f00 -j rules
-A hook -j CONNMARK --save-mark --nfmask 0x3f00 --ctmask 0x3f00
-A ifaces -i wan0 -m mark --mark 0x0/0x3f00 -j MARK --set-xmark 0x100/0x3f00
-A ifaces -i wan1 -m mark --mark 0x0/0x3f00 -j MARK --set-xmark 0x200/0x3f00
-A rules -p udp -m multiport --dports 443 -m mark --mark 0x0/0x3f00 -j balanced
-A rules -m mark --mark 0x0/0x3f00 -j first
-A balanced -m mark --mark 0x0/0x3f00 -m statistic --mode random --probability 0.50000000000 -j MARK --set-xmark 0x200/0x3f00
-A balanced -m mark --mark 0x0/0x3f00 -j MARK --set-xmark 0x100/0x3f00
-A first -m mark --mark 0x0/0x3f00 -j MARK --set-xmark 0x200/0x3f00
`)}${FORWARDS}`,
  },
  {
    name: 'restored at the entries, saved at the exits',
    marks: BYTE,
    marksReplies: true,
    text: `${mangle(`-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i wan1 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x2/0xff
-A PREROUTING -s 192.168.1.10/32 -i lan0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff
-A INPUT -m conntrack --ctstate NEW -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A POSTROUTING -m conntrack --ctstate NEW -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`)}${FORWARDS}`,
  },
  {
    name: 'replies go back where their connections came in',
    marks: BYTE,
    marksReplies: true,
    text: `${mangle(`-A PREROUTING -m connmark ! --mark 0x0/0xff -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i wan0 -m mark --mark 0x0/0xff -j routemark
-A PREROUTING -i wan1 -m mark --mark 0x0/0xff -j routemark
-A OUTPUT -m connmark ! --mark 0x0/0xff -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A routemark -i wan0 -j MARK --set-xmark 0x1/0xff
-A routemark -i wan1 -j MARK --set-xmark 0x2/0xff
-A routemark -m mark ! --mark 0x0/0xff -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`)}${FORWARDS}`,
  },
  {
    name: 'packet and connection are marked together',
    marks: WHOLE,
    text: `${mangle(`-A PREROUTING -m connmark --mark 0x30 -j MARK --set-xmark 0x30/0xffffffff
-A PREROUTING -m connmark --mark 0x36 -j MARK --set-xmark 0x36/0xffffffff
-A PREROUTING -m connmark ! --mark 0x0 -j RETURN
-A PREROUTING -i lan0 -p tcp -j second
-A PREROUTING -i lan0 -j first
-A first -m conntrack ! --ctstate NEW -j RETURN
-A first -j CONNMARK --set-xmark 0x30/0xffffffff
-A first -j MARK --set-xmark 0x30/0xffffffff
-A second -j CONNMARK --set-xmark 0x36/0xffffffff
-A second -j MARK --set-xmark 0x36/0xffffffff
-A second -j ACCEPT
`)}${MASQUERADE}`,
  },
  {
    name: 'the router’s own connections',
    marks: BYTE,
    text: `${mangle(`-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A OUTPUT -m mark ! --mark 0x0/0xff -j ACCEPT
-A OUTPUT -p udp -m udp --dport 53 -m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff
-A OUTPUT -p tcp -m conntrack --ctstate NEW -j own
-A OUTPUT -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A own -d 192.0.3.0/24 -j MARK --set-xmark 0x2/0xff
`)}${MASQUERADE}`,
  },
  {
    name: 'every packet of a client is marked alike, and saved as well',
    marks: BYTE,
    text: `${mangle(`-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -s 192.168.1.10/32 -i lan0 -j MARK --set-xmark 0x2/0xff
-A PREROUTING -i lan0 -p tcp -m tcp --dport 443 -j MARK --set-xmark 0x2/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`)}${SNAT}`,
  },
  {
    name: 'what comes in by a WAN is marked for it, and the reply saves',
    marks: BYTE,
    marksForwarded: true,
    text: `${mangle(`-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -m mark ! --mark 0x0/0xff -j ACCEPT
-A PREROUTING -i wan0 -j from0
-A PREROUTING -i wan1 -j from1
-A PREROUTING -i lan0 -s 192.168.1.10/32 -j MARK --set-xmark 0x2/0xff
-A PREROUTING -i lan0 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff
-A POSTROUTING -m mark ! --mark 0x0/0xff -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A from0 -j MARK --set-xmark 0x1/0xff
-A from0 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A from1 -j MARK --set-xmark 0x2/0xff
-A from1 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`)}${MASQUERADE}`,
  },
];
