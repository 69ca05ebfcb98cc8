import type { Compound, Pipeline } from './tree.ts';

/** Whether a command succeeds on a machine that had nothing before; undefined: it depends. */
export type Status = boolean | undefined;

/** Why what stands in these is not followed. */
export const REASONS: Readonly<
  Record<Exclude<Compound['what'], 'function' | 'group' | 'subshell' | 'for'>, string>
> = {
  if: 'what the condition says is decided when it runs',
  while: 'how often the loop runs is decided when it runs',
  until: 'how often the loop runs is decided when it runs',
  case: 'which branch is taken is decided when it runs',
  select: 'what is chosen is decided when it runs',
};

/** After `&&` and `||` the command before decides. */
export function whetherRuns({ connector }: Pipeline, before: Status): Status {
  if (connector === '') return true;
  if (before === undefined) return undefined;
  return connector === '&&' ? before : !before;
}
