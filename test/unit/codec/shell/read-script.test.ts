// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in
import { describe, expect, it } from 'vitest';
import { readScript } from '../../../../src/codec/shell/read-script.ts';
import { places, readsAll, rules } from './script-rules.ts';

describe('a script’s rules', () => {
  it('are read with plain variables, quotes, comments and continued lines', () => {
    const script = `#!/bin/sh
# the firewall
IPT=/sbin/iptables
LAN="lan0" WAN='wan0'
$IPT -t mangle -A PREROUTING -i $LAN \\
  -j MARK --set-mark 0x1 # marks
"$IPT" -t nat -A POSTROUTING -o "\${WAN}" -j MASQUERADE
ip6tables -A FORWARD -m comment --comment "not; a 'command'" -j DROP
`;
    readsAll(script);
    expect(rules(script)).toEqual([
      'mangle -A PREROUTING -i lan0 -j MARK --set-xmark 0x1/0xffffffff',
      'nat -A POSTROUTING -o wan0 -j MASQUERADE',
      `-6 filter -A FORWARD -m comment --comment "not; a 'command'" -j DROP`,
    ]);
  });

  it('stand where their commands stand', () => {
    const script = 'x=1\niptables -A INPUT -j DROP; ip6tables -A INPUT -j DROP\n';
    expect(places(script)).toEqual(['iptables -A INPUT -j DROP', 'ip6tables -A INPUT -j DROP']);
  });

  it('stand where a function is called that only passes its words on', () => {
    const script =
      'ipt() { iptables -w "$@"; }\nboth() { ipt "$@"; ip6tables "$@"; }\nopen() { ipt -A INPUT -p tcp --dport $1 -j ACCEPT; }\nipt -A INPUT -i lo -j ACCEPT\nboth -A FORWARD -j DROP\nopen 22\n';
    expect([...places(script)].sort()).toEqual([
      'both -A FORWARD -j DROP',
      'both -A FORWARD -j DROP',
      'ipt -A INPUT -i lo -j ACCEPT',
      'ipt -A INPUT -p tcp --dport $1 -j ACCEPT',
    ]);
  });

  it('go and come as the commands say', () => {
    const script = `iptables -F
iptables -X
iptables -P FORWARD DROP
iptables -N lan 2>/dev/null || iptables -F lan
iptables -A lan -j ACCEPT
iptables -A FORWARD -j lan
iptables -I FORWARD -i lan0 -j ACCEPT
iptables -I FORWARD 2 -i lan1 -j ACCEPT
iptables -D FORWARD -i lan0 -j ACCEPT
iptables -D FORWARD 1
iptables -C FORWARD -o wan0 -j DROP 2>/dev/null || iptables -A FORWARD -o wan0 -j DROP
while iptables -D INPUT -j nothing 2>/dev/null; do :; done
iptables -L -n
`;
    readsAll(script);
    expect(rules(script)).toEqual([
      'filter -A FORWARD -j lan',
      'filter -A FORWARD -o wan0 -j DROP',
      'filter -A lan -j ACCEPT',
    ]);
    const [table] = readScript(script, 'fw.sh').tables;
    expect(table?.chains.find(({ name }) => name === 'FORWARD')?.base?.policy).toBe('drop');
  });

  it('may name the family that they are of', () => {
    const script = `iptables -4 -A INPUT -j DROP
ip6tables -A INPUT --ipv6 -j DROP
iptables-restore <<E
*filter
-6 -A FORWARD -j DROP
-A FORWARD -4 -j ACCEPT
COMMIT
E
`;
    readsAll(script);
    expect(rules(script)).toEqual(['-6 filter -A INPUT -j DROP', 'filter -A FORWARD -j ACCEPT']);
  });

  it('are one for each address behind -s', () => {
    expect(rules('iptables -A INPUT -s 192.0.2.1,192.0.2.2 -j DROP')).toEqual([
      'filter -A INPUT -s 192.0.2.1 -j DROP',
      'filter -A INPUT -s 192.0.2.2 -j DROP',
    ]);
  });

  it('are followed through functions, their words, and loops over words', () => {
    const script = `ports="22 80"
ipt() { iptables -w "$@"; }
open() {
  local port=$1
  ipt -A INPUT -p tcp --dport "$port" -m comment --comment "port $port" -j ACCEPT
}
for port in $ports 443; do open $port; done
`;
    readsAll(script);
    expect(rules(script)).toEqual(
      [22, 80, 443].map(
        (port) =>
          `filter -A INPUT -p tcp -m comment --comment "port ${port}" -m tcp --dport ${port} -j ACCEPT`,
      ),
    );
  });

  it.each([
    'while IFS= read -r line; do x=$line; done < hosts',
    '[ -e hosts ] && IFS=: read -r user rest < hosts',
  ])('have the words they had before a command that parts its own otherwise: %s', (reading) => {
    const script = `MATCH='-i lan0'\n${reading}\niptables -A FORWARD $MATCH -j DROP\n`;
    readsAll(script);
    expect(rules(script)).toEqual(['filter -A FORWARD -i lan0 -j DROP']);
  });

  it('of a function that is a subshell leave its variables behind', () => {
    const script = `wan=wan0
open() (
  wan=$1
  iptables -A FORWARD -o $wan -j ACCEPT
)
function close ()
{
  iptables -A FORWARD -o $wan -j DROP
}
open lan0
close
`;
    readsAll(script);
    expect(rules(script)).toEqual([
      'filter -A FORWARD -o lan0 -j ACCEPT',
      'filter -A FORWARD -o wan0 -j DROP',
    ]);
  });

  it('come from here-documents, each in its own line', () => {
    const script = `LAN=lan0
iptables-restore <<EOF
*mangle
-A PREROUTING -i $LAN -j MARK --set-mark 0x1
-A PREROUTING -j CONNMARK --save-mark
COMMIT
EOF
cat <<'END' | ip6tables-restore -n
*filter
-A INPUT -j DROP
COMMIT
END
`;
    readsAll(script);
    expect(rules(script)).toEqual([
      'mangle -A PREROUTING -i lan0 -j MARK --set-xmark 0x1/0xffffffff',
      'mangle -A PREROUTING -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
      '-6 filter -A INPUT -j DROP',
    ]);
    expect(places(script)).toEqual([
      '-A PREROUTING -i $LAN -j MARK --set-mark 0x1',
      '-A PREROUTING -j CONNMARK --save-mark',
      '-A INPUT -j DROP',
    ]);
  });
});
