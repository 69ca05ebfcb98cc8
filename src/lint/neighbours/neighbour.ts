/** A program that marks packets, known beforehand (kernel-facts 7.4). */
export interface Neighbour {
  /** As the settings call it. */
  readonly name: string;
  readonly title: string;
  /** Bits of the packet mark that it takes. */
  readonly mask: number;
  /** The values it sets and asks for; empty: any within the mask. */
  readonly values: readonly number[];
  /** Those of them that its own sockets set, where not all. */
  readonly socketValues?: readonly number[];
  /** Whether it compares the whole word, so that any foreign bit hides its mark. */
  readonly whole: boolean;
  /** Bits of the connmark that it takes. */
  readonly connmark: number;
  /** Where packets come to carry its mark. */
  readonly from: readonly Origin[];
  /** Priorities of its policy rules, first and last. */
  readonly priorities: readonly (readonly [first: number, last: number])[];
  readonly signs: Signs;
  /** What the marks are for. */
  readonly purpose: string;
  /** The file of its own that says so. */
  readonly source: string;
}

export type Origin = 'socket' | 'prerouting' | 'output' | 'forward';

/** By what it is known on a machine; one is enough. */
export interface Signs {
  readonly chains?: RegExp;
  readonly tables?: RegExp;
  readonly comments?: RegExp;
  readonly interfaces?: RegExp;
  /** Values that no other program's policy rules ask for. */
  readonly rules?: true;
}
