import type { Span } from '../net/span.ts';
import type { Located } from './site.ts';

/** What `polywan.lint.yaml` says: what cannot be seen in rulesets, and what is wanted of lint. */
export interface LintSettings extends AroundMachine {
  readonly file: string;
  /** By check; a check that is not named keeps its own. */
  readonly severities: Readonly<Record<string, LintLevel>>;
  readonly machines: readonly MachineSettings[];
  readonly ignores: readonly Ignore[];
}

export type LintLevel = 'error' | 'warning' | 'note' | 'off';

/** What stands around the rulesets of a machine. */
export interface AroundMachine {
  /** Interfaces; a trailing `+` is every name with that beginning. */
  readonly wan: readonly string[];
  readonly lan: readonly string[];
  /** Words as behind `ip rule add` and `ip route add`, with `-6` before them for IPv6. */
  readonly policyRules: readonly Located<string>[];
  readonly routes: readonly Located<string>[];
  /** Programs that set marks here, by the names of lint's registry. */
  readonly neighbours: readonly string[];
  readonly reservedMarks: readonly { readonly name: string; readonly mask: number }[];
}

/** Files that belong to one machine. What it leaves out it takes from the settings of all. */
export interface MachineSettings extends Partial<AroundMachine> {
  readonly name: string;
  /** Patterns relative to the settings' folder. */
  readonly files: readonly Located<string>[];
}

/** Findings that are wanted to be kept quiet about, and why. */
export interface Ignore {
  /** Patterns relative to the settings' folder; empty: all files. */
  readonly files: readonly string[];
  /** Empty: all checks. */
  readonly checks: readonly string[];
  readonly reason: string;
  readonly span: Span;
}
