import type { Finding, Severity } from './finding.ts';
import type { Machine } from './machine.ts';

/** One check is one file: what it is called, why it matters, what it finds, and the examples that are its first tests. */
export interface Check {
  /** kebab-case, thing-problem. */
  readonly id: string;
  /** The highest severity its findings have; a site's settings may change it. */
  readonly severity: Severity;
  /** What it finds is that something is missing, which a command that could not be read may well do. */
  readonly lacks?: true;
  /** One line. */
  readonly summary: string;
  /** Paragraphs for `explain` and the manual page. */
  readonly why: readonly string[];
  /** Yields exactly this check's finding or findings, and no other's. */
  readonly bad: Example;
  /** The same purpose done right: yields nothing at all. */
  readonly good: Example;
  /** `found` is what the checks before it have found: for those about suppressions, which come last. */
  run(machine: Machine, found: Found): readonly Finding[];
}

export interface Found {
  readonly findings: readonly Finding[];
  /** Ids of the checks that were run, and of all there are. */
  readonly ran: ReadonlySet<string>;
  readonly known: ReadonlySet<string>;
}

/** Files of one machine by name, as a person would keep them: `rules.v4`, `rules.txt` (ip rule), `polywan.yaml`. */
export interface Example {
  readonly files: Readonly<Record<string, string>>;
}
