import { expect } from 'vitest';
import { readIptablesSave } from '../../../src/codec/iptables/read.ts';
import type { Rule } from '../../../src/kernel/netfilter.ts';

export type Family = 'ip' | 'ip6';

export function read(text: string, family: Family = 'ip') {
  return readIptablesSave(text, { family, frontend: 'iptables-nft', file: 'rules.v4' });
}

/** One rule that is read without a problem. */
export function readRule(words: string, family: Family = 'ip', table = 'mangle', chain = 'PREROUTING'): Rule {
  const text = `*${table}\n:polywan-b - [0:0]\n-A ${chain} ${words}\nCOMMIT\n`;
  const { tables, problems } = read(text, family);
  expect(problems).toEqual([]);
  const rule = tables[0]?.chains.find((one) => one.name === chain)?.rules[0];
  if (rule === undefined) throw new Error('no rule');
  return rule;
}
