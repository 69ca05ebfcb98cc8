import type { Files } from '../machine-of.ts';

/** A table as people feed it to iptables-restore; chains in capitals are builtin. */
export function table(name: string, chains: readonly string[], ...rules: readonly string[]): string {
  const heads = chains.map((chain) => `:${chain} ${/^[A-Z]+$/.test(chain) ? 'ACCEPT' : '-'} [0:0]`);
  return [`*${name}`, ...heads, ...rules, 'COMMIT', ''].join('\n');
}

export function save(...rules: readonly string[]): Files {
  return { 'rules.v4': table('filter', ['INPUT', 'FORWARD', 'user', 'other'], ...rules) };
}
