import type { Expression } from '../../kernel/expression.ts';
import type { Statement } from '../../kernel/statement.ts';

/** One option as met: `! --dports 80,443` is { name: '--dports', negated: true, args: ['80,443'] }. */
export interface OptionUse {
  readonly name: string;
  readonly negated: boolean;
  readonly args: readonly string[];
}

/** Where a rule stands, as far as its meaning depends on it. */
export interface Scope {
  readonly family: 'ip' | 'ip6';
  /** nft's name of the rule's protocol, where it has one and it is not negated. */
  readonly protocol?: string;
}

/** One `-m` match: how its options become statements, and which statements it can say. */
export interface MatchExtension {
  readonly name: string;
  /** Every option, also aliases, with the count of its arguments. Others make the whole match unknown. */
  readonly options: Readonly<Record<string, number>>;
  /** Undefined: not decidable in the model's words; the match is then kept as an unknown one. */
  readonly read: (uses: readonly OptionUse[], scope: Scope) => readonly Statement[] | undefined;
  /** Says the statements from `at` on, as many as it can in one use; undefined when not even the first. */
  readonly write?: (statements: readonly Statement[], at: number) => WrittenMatch | undefined;
}

export interface WrittenMatch {
  readonly uses: readonly OptionUse[];
  /** How many statements these words say. */
  readonly count: number;
}

/** One `-j` target: how it becomes statements, and which effects it can say. */
export interface TargetExtension {
  readonly name: string;
  readonly options: Readonly<Record<string, number>>;
  /** Undefined: the effect is not known; the target is then kept as an unknown one. */
  readonly read: (uses: readonly OptionUse[], scope: Scope) => readonly Statement[] | undefined;
  /** The options that say exactly these statements (the rule's part after its matches). */
  readonly write?: (effects: readonly Statement[]) => readonly OptionUse[] | undefined;
}

export function use(name: string, ...args: readonly string[]): OptionUse {
  return { name, negated: false, args };
}

/** The arguments of the option under any of its names. */
export function argumentOf(uses: readonly OptionUse[], ...names: readonly string[]): string | undefined {
  return uses.find((one) => names.includes(one.name))?.args[0];
}

export function hasOption(uses: readonly OptionUse[], ...names: readonly string[]): boolean {
  return uses.some((one) => names.includes(one.name));
}

export function match(left: Expression, right: Expression, negated = false): Statement {
  return { kind: 'match', operator: negated ? '!=' : '==', left, right };
}
