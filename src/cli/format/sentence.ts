/** A summary, which is a line without end in lists, as a sentence. Names of keys and programs keep their letters. */
export function sentence(text: string): string {
  const first = text.slice(0, text.search(/\s|$/));
  const isName = /[^a-z]/.test(first) || /^(?:nft|iptables|conntrack)$/.test(first);
  const start = isName ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
