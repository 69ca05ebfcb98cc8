import type { HereDocument, Part, WordToken } from './lex.ts';

export interface Assignment {
  readonly name: string;
  readonly value: readonly Part[];
  /** `+=` */
  readonly appends: boolean;
  /** `NAME[…]=` */
  readonly index?: string;
  /** `NAME=(…)`: its words, and no value. */
  readonly list?: readonly WordToken[];
}

/** One program with its words, or assignments alone. */
export interface Simple {
  readonly kind: 'simple';
  readonly assignments: readonly Assignment[];
  readonly words: readonly WordToken[];
  readonly input?: HereDocument;
  /** `<FILE` */
  readonly reads?: WordToken;
  /** `>FILE`, and `>>FILE`, which keeps what is there. */
  readonly writes?: { readonly target: WordToken; readonly appends: boolean };
  readonly start: number;
  readonly end: number;
}

/** Commands of which only a running shell knows how often, or whether, they run. */
export interface Compound {
  readonly kind: 'compound';
  readonly what: 'for' | 'while' | 'until' | 'if' | 'case' | 'select' | 'function' | 'group' | 'subshell';
  /** The variable of `for`, the name of a function. */
  readonly name?: string;
  /** What `for` goes through; absent: the script's own words. */
  readonly list?: readonly WordToken[];
  /** `for ((i = 0; i < 3; i++))`: what is between the brackets. */
  readonly sums?: string;
  /** What `if` asks, and what it does then; the last may ask nothing. All of it is its body as well. */
  readonly branches?: readonly Branch[];
  /** The word that `case` is about, and what it does for which words. All of that is its body as well. */
  readonly subject?: WordToken;
  readonly choices?: readonly Choice[];
  readonly body: readonly Pipeline[];
  readonly start: number;
  readonly end: number;
}

export interface Branch {
  readonly condition?: readonly Pipeline[];
  readonly body: readonly Pipeline[];
}

export interface Choice {
  readonly patterns: readonly WordToken[];
  readonly body: readonly Pipeline[];
  /** `;;` ends the case, `;&` goes on with what the next one does, and `;;&` asks the next one. */
  readonly closer: ';;' | ';&' | ';;&';
}

export type ShellCommand = Simple | Compound;

export interface Pipeline {
  /** What stands before it: whether the one before it decides about it. */
  readonly connector: '' | '&&' | '||';
  readonly negated: boolean;
  readonly commands: readonly ShellCommand[];
}
