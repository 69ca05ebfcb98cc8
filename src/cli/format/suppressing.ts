/** The ways to keep a finding quiet, for the pages of checks. */
export const SUPPRESSING: readonly {
  readonly text: string;
  readonly example: (check: string) => string;
}[] = [
  {
    text: 'A comment on the line above, or at its end, in any file that has comments. Without a reason it does nothing, and one that suppresses nothing is reported.',
    example: (check) => `# polywan-ignore ${check}: why it may stay`,
  },
  {
    text: 'In the rule itself, where comments do not survive iptables-save or nft list.',
    example: (check) =>
      `-m comment --comment "polywan:ignore=${check} why"\ncomment "polywan:ignore=${check} why"`,
  },
  {
    text: 'In polywan.lint.yaml, for many files or for good.',
    example: (check) =>
      `ignores:\n  - { checks: ${check}, files: "legacy/**", reason: goes with the old box }\nchecks: { ${check}: off }`,
  },
];
