import type { Condition, TracePath } from '../trace/trace.ts';
import { ruleOfRef } from './flow/rule-of-ref.ts';
import type { Machine } from './machine.ts';
import { ruleText } from './rule-place.ts';

/**
 * What must hold for a flow to go this way, in the words of the rules that ask it, each once: `WORDS (P1, P3)` where
 * packets may get different answers.
 */
export function conditionWords(machine: Machine, { conditions, packets }: TracePath): readonly string[] {
  const askedBy = new Map<string, string[]>();
  for (const condition of conditions) {
    if (isOwnAddress(condition)) continue;
    const said = sayWords(machine, condition);
    const words = condition.holds ? said : `not: ${said}`;
    const names = askedBy.get(words) ?? [];
    askedBy.set(words, names);
    const name = condition.packet === undefined ? undefined : packets[condition.packet]?.name;
    if (name !== undefined && !names.includes(name)) names.push(name);
  }
  return [...askedBy].map(([words, names]) =>
    names.length === 0 ? words : `${words} (${names.join(', ')})`,
  );
}

/**
 * Where no address of this machine is known, the local table has those of lo alone, and an answer to the machine itself
 * is taken for one to them: that it arrives is no condition.
 */
function isOwnAddress({ text, rule }: Condition): boolean {
  return rule === undefined && /^destination in (?:127\.0\.0\.0\/8|::1\/128)$/.test(text);
}

function sayWords(machine: Machine, { text, rule }: Condition): string {
  // `limit: -m limit …`: the name is told by the words behind it.
  const plain = text.replace(/^([\w-]+): (?=.*\b\1\b)/, '');
  if (rule === undefined || rule.frontend === 'nft') return plain;
  const at = ruleOfRef(machine.state, rule);
  if (at === undefined) return plain;
  // A comment may say anything.
  const whole = ruleText(machine, at.rule).replace(/--comment (?:"(?:[^"\\]|\\.)*"|\S+)/, '');
  // The positive side is meant, whichever the rule wants; only of chance the model has both (`<` and `>=`).
  const written = / >= /.test(text) ? whole : whole.replaceAll('! ', '');
  const [, words] = IPTABLES_WORDS.find(([asked]) => asked.test(text)) ?? [];
  return words?.exec(written)?.[0].trim() ?? plain;
}

/** How the model's words for a test begin, and what iptables calls the same. */
const IPTABLES_WORDS: readonly (readonly [asked: RegExp, written: RegExp])[] = [
  [/^(?:numgen|meta random)\b/, /-m statistic(?: (?:! )?--(?:mode|probability|every|packet) \S+)+/],
  [/^\w+ sport\b/, /--(?:sport|source-port|sports|source-ports|ports) \S+/],
  [/^\w+ dport\b/, /--(?:dport|destination-port|dports|destination-ports|ports) \S+/],
  [/^in (?:ipset )?\S+$/, /-m set --match-set \S+ \S+/],
  [/^ether saddr\b/, /--mac-source \S+/],
  [/^meta sk[ug]id\b/, /--[ug]id-owner \S+/],
  [/^ct (?:\w+ )?mark\b/, /-m connmark --mark \S+/],
  [/^meta mark\b/, /-m mark --mark \S+/],
  [/^(?:ip6? )?dscp\b/, /--dscp(?:-class)? \S+/],
  [/^fib daddr type\b/, /--dst-type \S+/],
  [/^fib saddr type\b/, /--src-type \S+/],
];
