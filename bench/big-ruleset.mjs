// What every benchmark takes for a big ruleset.

/** Rules that hardly repeat each other, in a hundred chains that the flow is sent to one after the other. */
export function bigRuleset(count) {
  const chains = Array.from({ length: 100 }, (_, chain) => chain);
  const lines = ['*filter', ':FORWARD ACCEPT [0:0]', ...chains.map((chain) => `:chain${chain} - [0:0]`)];
  for (const chain of chains) lines.push(`-A FORWARD -i lan+ -j chain${chain}`);
  for (let at = 0; at < count - chains.length; at += 1) lines.push(`-A chain${at % 100} ${bigRule(at)}`);
  return `${lines.join('\n')}\nCOMMIT\n`;
}

function bigRule(at) {
  const from = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}/32`;
  const to = `100.${64 + ((at >> 8) & 63)}.${(at * 13) & 255}.${(at * 31) & 255}/32`;
  const port = 1 + ((at * 17) % 65_000);
  switch (at % 4) {
    case 0:
      return `-s ${from} -d ${to} -p tcp -m tcp --dport ${port} -j ACCEPT`;
    case 1:
      return `-s ${from} -i lan0 -p udp -m udp --sport ${port} -m comment --comment "rule ${at}" -j DROP`;
    case 2:
      return `-d ${to} -p tcp -m conntrack --ctstate NEW -m tcp --dport ${port} -j MARK --set-xmark 0x${(at & 0xffff).toString(16)}/0xffff`;
    default:
      return `-s ${from} -o wan0 -p tcp -m multiport --dports ${port},${port + 1} -j RETURN`;
  }
}
