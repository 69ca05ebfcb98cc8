import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeIptablesSave } from '../../../src/codec/iptables/write.ts';
import { writeRule } from '../../../src/codec/iptables/write-rule.ts';
import { mangleRule, natRule } from './iptables-samples.ts';
import { type Family, read, readRule } from './read-iptables.ts';

/** Words that are read to a meaning and written back as they were. */
const SAME_WORDS: readonly [words: string, family?: Family, table?: string, chain?: string][] = [
  ['-s 192.0.2.1 -d 198.51.100.0/24 -i wan0 -o br+ -p tcp -j ACCEPT'],
  ['! -s 192.0.2.1 ! -i br+ ! -p udp -j DROP'],
  ['-s 192.0.0.5/255.255.0.255 -j RETURN'],
  ['-s 2001:db8::/32 -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT', 'ip6'],
  ['-p icmp -m icmp --icmp-type 3/4 -j ACCEPT'],
  ['-p icmp -f -j DROP'],
  ['-p tcp -m tcp --sport 1:1023 ! --dport 443 -j ACCEPT'],
  ['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu'],
  ['-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1400'],
  ['-p udp -m multiport ! --dports 53,8000:8100 -j ACCEPT'],
  ['-p tcp -m multiport --ports 22,1024:65535 -j ACCEPT'],
  ['-p udp -m multiport ! --ports 53 -j ACCEPT'],
  ['-m mark ! --mark 0x0/0xff -j ACCEPT'],
  ['-m connmark --mark 0x1000000/0xff000000 -g polywan-b'],
  ['-m conntrack --ctstate NEW --ctdir ORIGINAL -j polywan-b'],
  [
    '-m conntrack --ctorigsrc 192.0.2.0/24 --ctstate DNAT --ctorigdstport 10:20 ! --ctstatus ASSURED -j ACCEPT',
  ],
  ['-m conntrack --ctdir ORIGINAL -m conntrack ! --ctstate RELATED -j ACCEPT'],
  ['-m conntrack --ctdir ORIGINAL ! --ctstate RELATED -m conntrack --ctstatus ASSURED -j ACCEPT'],
  ['-m conntrack ! --ctstate SNAT --ctorigdst 192.0.2.1 -j ACCEPT'],
  ['-m addrtype ! --dst-type LOCAL,MULTICAST -j ACCEPT'],
  ['-m addrtype --src-type LOCAL --limit-iface-in -j ACCEPT'],
  ['-m mac --mac-source 02:00:5e:00:53:01 -j ACCEPT'],
  ['-m dscp --dscp 0x2e -j ACCEPT'],
  ['-m owner --uid-owner 1000-1999 ! --gid-owner 5 -j ACCEPT', 'ip', 'mangle', 'OUTPUT'],
  ['-m statistic --mode nth --every 3 --packet 1 -j ACCEPT'],
  ['-m statistic --mode random ! --probability 0.33332999982 -j ACCEPT'],
  ['-m set ! --match-set hosts src,dst -j ACCEPT'],
  ['-m iprange --src-range 192.0.2.1-192.0.2.9 -j ACCEPT'],
  ['-m length --length 100:200 -j ACCEPT'],
  ['-m pkttype --pkt-type unicast -j ACCEPT'],
  ['-m cgroup --path user.slice -j ACCEPT', 'ip', 'mangle', 'OUTPUT'],
  ['-m socket --transparent --restore-skmark -j ACCEPT'],
  ['-m socket --nowildcard -j ACCEPT'],
  ['-m rpfilter --loose --validmark --invert -j DROP'],
  ['-m helper --helper ftp -j ACCEPT'],
  ['-m recent --rcheck --seconds 600 --name n --mask 255.255.255.255 --rsource -j ACCEPT'],
  ['-m limit --limit 5/min --limit-burst 3 -j LOG --log-prefix "in: "'],
  ['-m comment --comment "a \\"b\\" c" -j MARK --set-xmark 0x5/0xff'],
  ['-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff00'],
  ['-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff'],
  ['-j CONNMARK --set-xmark 0x0/0xff'],
  ['-j SET --add-set hosts src,dst --exist --timeout 60'],
  ['-j SET --del-set hosts src'],
  ['-p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1'],
  ['-p tcp -j HMARK --hmark-tuple src,dst --hmark-mod 10 --hmark-offset 100'],
  ['-j CT --notrack', 'ip', 'raw'],
  ['-j CT --helper ftp', 'ip', 'raw'],
  ['-j CT --zone 3', 'ip', 'raw'],
  ['-j NFQUEUE --queue-num 3 --queue-bypass'],
  ['-j REJECT --reject-with tcp-reset', 'ip', 'filter', 'INPUT'],
  ['-p tcp -j DNAT --to-destination 192.0.2.1-192.0.2.5:80-90 --random --persistent', 'ip', 'nat'],
  ['-p tcp -j DNAT --to-destination [2001:db8::1]:22', 'ip6', 'nat'],
  ['-j SNAT --to-source 2001:db8::1', 'ip6', 'nat', 'POSTROUTING'],
  ['-p tcp -j MASQUERADE --to-ports 1024-65535 --random-fully', 'ip', 'nat', 'POSTROUTING'],
  ['-p tcp -j REDIRECT --to-ports 3128', 'ip', 'nat'],
  ['-j NETMAP --to 198.51.100.0/24', 'ip', 'nat', 'POSTROUTING'],
  ['-j FULLCONENAT --to-ports 3', 'ip', 'nat'],
];

describe('reading and writing rules', () => {
  it.each(SAME_WORDS)('says %s as it was read', (...[words = '', family, table, chain]) => {
    expect(writeRule(readRule(words, family, table, chain))).toBe(words);
  });

  it.each([
    ['-s 10.1.2.3/8 -j ACCEPT', '-s 10.0.0.0/8 -j ACCEPT'],
    ['-s 192.0.2.0/255.255.255.0', '-s 192.0.2.0/24'],
    ['-d ! 192.0.2.1/32 --in-interface=wan0', '! -d 192.0.2.1 -i wan0'],
    ['-iwan0 -p 17 --dport ! 53', '-i wan0 -p udp -m udp ! --dport 53'],
    ['-p tcp --syn -j ACCEPT', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT'],
    ['-p icmp --icmp-type echo-request', '-p icmp -m icmp --icmp-type 8'],
    ['-m state --state NEW,INVALID', '-m conntrack --ctstate INVALID,NEW'],
    ['-m dscp --dscp-class EF', '-m dscp --dscp 0x2e'],
    ['-p tcp --dport https', '-p tcp -m tcp --dport 443'],
    ['-j MARK --set-mark 16', '-j MARK --set-xmark 0x10/0xffffffff'],
    ['-j MARK --set-mark 0x300/0xff', '-j MARK --set-xmark 0x300/0x3ff'],
    ['-j MARK --and-mark 0xff', '-j MARK --set-xmark 0x0/0xffffff00'],
    ['-j MARK --or-mark 0x5', '-j MARK --set-xmark 0x5/0x5'],
    ['-j CONNMARK --save-mark --mask 0xff', '-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff'],
    ['-j CONNMARK --restore-mark', '-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff'],
    ['-m recent --name n --set', '-m recent --set --name n --mask 255.255.255.255 --rsource'],
    ['-i +', ''],
    ['-s 0.0.0.0/0 -p all -j NOTRACK', '-j CT --notrack'],
  ])('reads %s as %s', (words, same) => {
    expect(writeRule(readRule(words))).toBe(same);
  });

  it('joins the addresses of one option to a set, which no single rule can say', () => {
    expect(() => writeRule(readRule('-s 192.0.2.1,198.51.100.0/24 -j ACCEPT'))).toThrow(
      'iptables has no words',
    );
  });

  it('keeps what it does not know by name and text', () => {
    expect(readRule('-m limit --limit 5/min -j CONNMARK --set-return 0x1/0xf').statements).toEqual([
      { kind: 'unknown-match', name: 'limit', text: '-m limit --limit 5/min' },
      { kind: 'unknown-target', name: 'CONNMARK', text: '-j CONNMARK --set-return 0x1/0xf' },
    ]);
  });

  it('turns NETMAP to the source where only postrouting leads to it', () => {
    const text =
      '*nat\n:POSTROUTING ACCEPT [0:0]\n:n - [0:0]\n-A POSTROUTING -j n\n-A n -j NETMAP --to 192.0.2.0/24\nCOMMIT\n';
    expect(read(text).tables[0]?.chains[1]?.rules[0]?.statements[0]).toMatchObject({
      kind: 'nat',
      type: 'snat',
    });
  });

  it.each<Family>(['ip', 'ip6'])('writes any rule of its vocabulary as it reads it (%s)', (family) => {
    fc.assert(
      fc.property(
        fc.array(mangleRule(family), { maxLength: 8 }),
        fc.array(natRule(family)),
        (mangle, nat) => {
          const text = [
            '*mangle\n:PREROUTING ACCEPT [0:0]\n:polywan-b - [0:0]',
            ...mangle.map((words) => `-A PREROUTING ${words}`),
            'COMMIT\n*nat',
            ...nat.map(([chain, words]) => `-A ${chain} ${words}`),
            'COMMIT\n',
          ].join('\n');
          const first = read(text, family);
          expect(first.problems).toEqual([]);
          const second = read(writeIptablesSave(first.tables), family);
          expect(second.problems).toEqual([]);
          expect(plain(second.tables)).toEqual(plain(first.tables));
        },
      ),
      { numRuns: 100 },
    );
  });
});

function plain(tables: unknown): unknown {
  return JSON.parse(JSON.stringify(tables, (key, value) => (key === 'span' ? undefined : value)));
}
