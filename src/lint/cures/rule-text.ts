/**
 * A rule of iptables as a save has it, be it written as a command of a script: the program and the table are taken away.
 * Undefined where the text at the place is none (a call of a function, JSON).
 */
export function saveWords(words: string): string | undefined {
  const [, rule] = /(?:^|\s)(-[AI] \S.*)$/s.exec(words) ?? [];
  return rule?.replace(/\s-t \w+/, '');
}

/** The statements of a rule of nft, be it written as a command of a script or with its counts; undefined for JSON. */
export function nftWords(words: string): string | undefined {
  if (/^\s*\{/.test(words)) return undefined;
  return words
    .replace(/\bcounter packets \d+ bytes \d+/g, 'counter')
    .replace(/^.*?\bnft\s+(?:add|insert)\s+rule\s+(?:(?:ip|ip6|inet|bridge|netdev)\s+)?\S+\s+\S+\s+/, '');
}
