// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in
import { describe, expect, it } from 'vitest';
import { readsAll, rules, unchecked } from './script-rules.ts';

describe('rules of another network namespace', () => {
  it.each([
    'ip netns exec blue iptables -A INPUT -j DROP',
    '/sbin/ip netns exec "$NS" /usr/sbin/nft add table inet x',
    'sudo ip -all netns exec ip rule add fwmark 1 table 10',
    'ip -n blue rule add fwmark 1 table 10',
    'ip -6 -netns blue route add default dev wan0',
    'ip net e blue sh -c "iptables -A INPUT -j DROP"',
    'ip netns exec blue sudo -u root iptables-restore rules.v4',
  ])('are not read, which is told: %s', (command) => {
    expect(unchecked(command)).toEqual([
      `${command} | this command is not read: it is for another network namespace`,
    ]);
    expect(rules(command)).toEqual([]);
    expect(unchecked(`if x; then\n${command}\nfi`)).toHaveLength(1);
  });

  it.each([
    'ip netns exec blue iptables -nvL; ip -n blue rule; ip -n "$NS" route show',
    'ip netns add blue; ip -n blue link add br0 type bridge; ip netns exec blue ip link set lo up',
    'ip netns exec blue ping -c 1 192.0.2.1; if x; then ip netns exec blue nft list ruleset; fi',
  ])('are nothing of what makes none there: %s', (script) => {
    readsAll(script);
  });
});

describe('a file that a shell runs', () => {
  it.each(['sh /etc/firewall.sh start', 'sudo bash -ex ./fw.sh', 'sh -- fw.sh', 'dash fw.sh -c'])(
    'is not read, which is told: %s',
    (command) => {
      expect(unchecked(command)).toEqual([`${command} | what this shell runs from another file is not read`]);
      expect(unchecked(`x && ${command}`)).toHaveLength(1);
    },
  );

  it('is told where its name is not known', () => {
    expect(unchecked('sh "$DIR/fw.sh"')).toEqual([
      'sh "$DIR/fw.sh" | what this shell runs is not known from the text: the value of DIR is not known from the text',
    ]);
  });

  it.each(['bash -n fw.sh', 'sh -c "date"', 'bash --version', 'echo date | sh', 'x && sh -c "echo $X"'])(
    'is none in what runs none: %s',
    (script) => {
      readsAll(script);
    },
  );
});
