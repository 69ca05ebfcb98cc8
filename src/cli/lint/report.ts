import type { Finding } from '../../lint/finding.ts';
import type { Diagnostic, Sources } from '../../net/diagnostic.ts';

/** Everything one call of lint has to say. Formats are functions of it alone. */
export interface LintReport {
  readonly machines: readonly LintedMachine[];
  /** Of all machines, in their order: what is neither suppressed, nor in the baseline, nor below --severity. */
  readonly findings: readonly Finding[];
  readonly summary: LintSummary;
  /** Findings that a person gave a reason for; SARIF shows them as suppressed. */
  readonly suppressed: readonly SuppressedFinding[];
  /** Files that could not be read, or not to their end, each with its place. They make the exit code 2. */
  readonly unreadable: readonly Diagnostic[];
  /** What was left out or assumed, as sentences. */
  readonly notes: readonly string[];
  /** Texts by file, of everything a finding or an unreadable place may stand in. */
  readonly sources: Sources;
}

export interface SuppressedFinding {
  readonly finding: Finding;
  readonly reason: string;
  /** A comment beside the rule, or the settings file. */
  readonly by: 'comment' | 'settings';
}

export interface LintedMachine {
  readonly name: string;
  readonly files: readonly string[];
}

export interface LintSummary {
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  /** By a comment or the settings, with a reason. */
  readonly suppressed: number;
  /** In the baseline. */
  readonly known: number;
  readonly machines: number;
  readonly files: number;
  /** Files in folders that are of no kind lint reads. */
  readonly ignored: number;
}

export interface FormatOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** The folder lint was called in: files below it are named relative to it where a program reads them. */
  readonly folder?: string;
}
