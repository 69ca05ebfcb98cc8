import type { Statement } from '../../kernel/statement.ts';

/**
 * Statements by extension, option and argument: real rulesets say the same few things again and again. A tree, because
 * joining the parts to one key takes longer than looking up each.
 */
export interface Recall {
  readonly branches: Map<unknown, Recall>;
  readonly statements: Map<string, readonly Statement[]>;
  found: number;
  missed: number;
}

/** Questions after which it is known whether asking pays. */
const TRIAL = 2048;

export function emptyRecall(): Recall {
  return { branches: new Map(), statements: new Map(), found: 0, missed: 0 };
}

/** What was kept for this key. In a list of ever new addresses, where nearly every question is in vain, none is asked. */
export function recall(known: Recall, key: string): readonly Statement[] | undefined {
  if (isVain(known)) return undefined;
  const found = known.statements.get(key);
  if (found === undefined) known.missed += 1;
  else known.found += 1;
  return found;
}

export function keep(known: Recall, key: string, made: readonly Statement[]): readonly Statement[] {
  if (known.missed < TRIAL) known.statements.set(key, made);
  return made;
}

function isVain({ found, missed }: Recall): boolean {
  return missed >= TRIAL && missed > found;
}

export function branch(known: Recall, key: unknown): Recall {
  const found = known.branches.get(key);
  if (found !== undefined) return found;
  const made = emptyRecall();
  known.branches.set(key, made);
  return made;
}
