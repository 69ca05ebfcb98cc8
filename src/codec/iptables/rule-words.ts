import type { MatchExtension, OptionUse, TargetExtension } from './extension.ts';

/** What iptables itself matches, without `-m`. */
export type Selector = 'source' | 'destination' | 'inInterface' | 'outInterface' | 'protocol' | 'fragment';

export interface SelectorUse {
  readonly selector: Selector;
  readonly negated: boolean;
  readonly text: string;
}

/** One `-m` or `-j` with the options that are its own. `opaque`: it has one nobody knows. */
export interface ExtensionUse {
  readonly name: string;
  readonly uses: OptionUse[];
  readonly extension: MatchExtension | TargetExtension | undefined;
  opaque: boolean;
}

/** A rule's words sorted by what they belong to. */
export interface RuleWords {
  readonly selectors: readonly SelectorUse[];
  readonly matches: readonly ExtensionUse[];
  readonly target?: ExtensionUse;
  readonly goto: boolean;
}

export interface WordError {
  readonly message: string;
  /** Index of the word. */
  readonly at: number;
}
