import type { Mutation } from './mutation.ts';

/** How rules look in a syntax. */
export interface Syntax {
  /** A rule that is disturbed, by its line. */
  readonly isRule: (line: string) => boolean;
  readonly chainOf: (line: string) => string;
  /** The rule by which what is established leaves; undefined: not before this one. */
  readonly established: (line: string) => string | undefined;
}

/**
 * Rulesets disturbed without regard to what a rule is for: in another order, without the connection's state, or behind
 * a rule by which what is established leaves.
 */
export function mutateOrder(text: string, { isRule, chainOf, established }: Syntax): readonly Mutation[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    if (!isRule(line)) return [];
    const next = lines[at + 1] ?? '';
    const stateless = withoutState(line);
    const leave = established(line);
    return [
      ...(isRule(next) && chainOf(next) === chainOf(line)
        ? [
            {
              name: `"${line.trim()}" behind "${next.trim()}"`,
              text: lines
                .with(at, next)
                .with(at + 1, line)
                .join('\n'),
            },
          ]
        : []),
      ...(stateless === line
        ? []
        : [{ name: `in any state: "${line.trim()}"`, text: lines.with(at, stateless).join('\n') }]),
      ...(leave === undefined
        ? []
        : [
            {
              name: `what is established leaves before "${line.trim()}"`,
              text: lines.toSpliced(at, 0, leave).join('\n'),
            },
          ]),
    ];
  });
}

function withoutState(line: string): string {
  return line.replace(/ -m conntrack --ctstate \S+/, '').replace(/\bct state (?:!= )?\S+ /, '');
}

export const IPTABLES: Syntax = {
  isRule: (line) => line.startsWith('-A ') && !TRANSLATES.test(line),
  chainOf: (line) => /^-A (\S+)/.exec(line)?.[1] ?? '',
  established: (line) =>
    line.startsWith('-A PREROUTING ')
      ? '-A PREROUTING -m conntrack --ctstate ESTABLISHED -j ACCEPT'
      : undefined,
};

/** Rules that stand together are of one chain. */
export const NFT: Syntax = {
  isRule: (line) =>
    /^\t\t(?!type |typeof |elements|flags|timeout|size|policy|\t|\})/.test(line) && !TRANSLATES.test(line),
  chainOf: () => '',
  established: () => '\t\tct state established accept',
};

const TRANSLATES = /MASQUERADE|SNAT|DNAT|masquerade|snat|dnat/;
