import fc from 'fast-check';

type Words = fc.Arbitrary<string>;

const word = fc.integer({ min: 0, max: 0xffffffff }).map((value) => `0x${value.toString(16)}`);
const port = fc.integer({ min: 1, max: 65535 });
const ports = fc.oneof(
  port.map(String),
  fc
    .tuple(port, port)
    .filter(([a, b]) => a !== b)
    .map(([a, b]) => `${Math.min(a, b)}:${Math.max(a, b)}`),
);
const not = fc.constantFrom('', '! ');

function address(family: 'ip' | 'ip6'): Words {
  return family === 'ip'
    ? fc.constantFrom('192.0.2.1/32', '198.51.100.0/24', '203.0.113.128/25', '192.0.2.5/255.255.0.255')
    : fc.constantFrom('2001:db8::1/128', '2001:db8:1::/48', '2001:db8:ffff::/64');
}

/** One match of the vocabulary polywan writes, in the words iptables-save prints. Needs `-p tcp`. */
function matches(family: 'ip' | 'ip6'): Words {
  const range = family === 'ip' ? '192.0.2.1-192.0.2.9' : '2001:db8::1-2001:db8::9';
  const full = family === 'ip' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('mark', 'connmark'), not, word, word)
      .map(([m, n, v, k]) => `-m ${m} ${n}--mark ${v}/${k}`),
    fc
      .tuple(not, fc.constantFrom('NEW', 'INVALID,NEW', 'RELATED,ESTABLISHED', 'UNTRACKED'))
      .map(([n, s]) => `-m conntrack ${n}--ctstate ${s}`),
    fc
      .tuple(not, fc.constantFrom('--sports', '--dports', '--ports'), ports, ports)
      .map(([n, o, a, b]) => `-m multiport ${n}${o} ${a},${b}`),
    fc.tuple(not, fc.constantFrom('--sport', '--dport'), ports).map(([n, o, a]) => `-m tcp ${n}${o} ${a}`),
    not.map((n) => `-m mac ${n}--mac-source 02:00:5e:00:53:01`),
    fc
      .tuple(not, fc.integer({ min: 0, max: 63 }))
      .map(([n, d]) => `-m dscp ${n}--dscp 0x${d.toString(16).padStart(2, '0')}`),
    fc
      .tuple(
        not,
        fc.constantFrom('--src-type', '--dst-type'),
        fc.constantFrom('LOCAL', 'MULTICAST', 'LOCAL,MULTICAST', family === 'ip' ? 'BROADCAST' : 'ANYCAST'),
      )
      .map(([n, o, t]) => `-m addrtype ${n}${o} ${t}`),
    fc
      .integer({ min: 2, max: 9 })
      .map((every) => `-m statistic --mode nth --every ${every} --packet ${every - 1}`),
    fc
      .integer({ min: 1, max: 0x7fffffff })
      .map((p) => `-m statistic --mode random --probability ${(p / 0x80000000).toFixed(11)}`),
    fc.tuple(not, fc.constantFrom('src', 'dst')).map(([n, d]) => `-m set ${n}--match-set polywan-test ${d}`),
    not.map((n) => `-m iprange ${n}--src-range ${range}`),
    fc.constantFrom(
      `-m recent --rcheck --seconds 600 --name polywan --mask ${full} --rsource`,
      `-m recent --set --name polywan --mask ${full} --rsource`,
    ),
    fc.constant('-m length --length 100:200'),
    fc.constantFrom('-m limit --limit 5/min', '-m rpfilter --loose --validmark --invert'),
  );
}

const MANGLE_TARGETS: Words = fc.oneof(
  fc
    .tuple(fc.constantFrom('MARK', 'CONNMARK'), word, word)
    .map(([t, v, k]) => `-j ${t} --set-xmark ${v}/${k}`),
  fc
    .tuple(fc.constantFrom('--save-mark', '--restore-mark'), word, word)
    .map(([o, n, c]) => `-j CONNMARK ${o} --nfmask ${n} --ctmask ${c}`),
  fc.constantFrom('-j ACCEPT', '-j DROP', '-j RETURN', '-j polywan-b', '-g polywan-b'),
  fc.constantFrom('-j SET --add-set polywan-test src --exist', '-j SET --del-set polywan-test dst'),
  fc.constant('-j LOG --log-prefix "a \\"b\\" "'),
);

/** Rules of mangle PREROUTING as iptables-save prints them. `-m rpfilter` fits only there. */
export function mangleRule(family: 'ip' | 'ip6'): Words {
  return fc
    .record({
      source: fc.option(fc.tuple(not, address(family)).map(([n, a]) => `${n}-s ${a}`)),
      destination: fc.option(fc.tuple(not, address(family)).map(([n, a]) => `${n}-d ${a}`)),
      device: fc.option(fc.tuple(not, fc.constantFrom('wan0', 'br+')).map(([n, d]) => `${n}-i ${d}`)),
      comment: fc.option(
        fc.constantFrom('-m comment --comment fiber', '-m comment --comment "profiles/fiber.yaml:3 \\\\ x"'),
      ),
      matches: fc.uniqueArray(matches(family), { maxLength: 3, selector: (text) => text.split(' ')[1] }),
      target: fc.option(MANGLE_TARGETS),
    })
    .map(({ source, destination, device, comment, matches, target }) =>
      [source, destination, device, '-p tcp', comment, ...matches, target]
        .filter((part) => part !== null)
        .join(' '),
    );
}

/** Rules of nat PREROUTING and POSTROUTING. */
export function natRule(family: 'ip' | 'ip6'): fc.Arbitrary<readonly [chain: string, words: string]> {
  const host = family === 'ip' ? '192.0.2.9' : '2001:db8::9';
  const at = (ports: string) => (family === 'ip' ? `${host}:${ports}` : `[${host}]:${ports}`);
  const prefix = family === 'ip' ? '198.51.100.0/24' : '2001:db8:5::/64';
  return fc.constantFrom<readonly [string, string]>(
    ['PREROUTING', `-p tcp -j DNAT --to-destination ${host}`],
    ['PREROUTING', `-p tcp -j DNAT --to-destination ${at('22')}`],
    ['PREROUTING', `-p udp -j DNAT --to-destination ${at('8000-8100')} --random --persistent`],
    ['PREROUTING', '-p tcp -j REDIRECT --to-ports 3128'],
    ['PREROUTING', `-d ${prefix} -j NETMAP --to ${prefix}`],
    ['POSTROUTING', `-s ${prefix} -j NETMAP --to ${prefix}`],
    ['POSTROUTING', `-o wan0 -j SNAT --to-source ${host}`],
    ['POSTROUTING', '-o wan0 -j MASQUERADE'],
    ['POSTROUTING', '-o wan0 -p tcp -j MASQUERADE --to-ports 1024-65535 --random-fully'],
  );
}
