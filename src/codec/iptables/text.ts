import type { OptionUse } from './extension.ts';
import { quoteWord } from './words.ts';

/** Options as iptables-save prints them: `! --dport 80 --syn`. */
export function optionsText(uses: readonly OptionUse[]): string {
  return uses
    .map(({ name, negated, args }) => [...(negated ? ['!'] : []), name, ...args.map(quoteWord)].join(' '))
    .join(' ');
}

/** `-m limit --limit 5/min`, `-j LOG --log-prefix "in "`: a whole match or target, in words a person reads. */
export function usesText(flag: '-m' | '-j', name: string, uses: readonly OptionUse[]): string {
  const options = optionsText(uses);
  return options === '' ? `${flag} ${name}` : `${flag} ${name} ${options}`;
}
