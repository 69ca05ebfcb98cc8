import type { Check } from '../check.ts';
import { covers, findSuppressions } from '../suppressions.ts';

export const unusedSuppression: Check = {
  id: 'unused-suppression',
  severity: 'warning',
  summary: 'a suppression for which there is nothing to suppress',
  why: [
    'A suppression says that a check is wrong at this place, and why. When what it was about has been mended or has moved, it stays behind and would hide the next real finding there.',
    'Only checks that were run count: one that the settings turn off leaves its suppressions alone.',
  ],
  bad: {
    files: {
      'rules.v4': `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
# polywan-ignore accept-before-save: the installer's own rule
-A FORWARD -i lan0 -j ACCEPT
COMMIT
`,
    },
  },
  good: {
    files: {
      'rules.v4': `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -i lan0 -j ACCEPT
COMMIT
`,
    },
  },
  run: ({ sources, site }, { findings, ran }) =>
    findSuppressions(sources)
      .filter(({ check, reason }) => reason !== '' && ran.has(check))
      // Of a site that cannot be read, and of a profile without its site, the checks of sites say nothing.
      .filter(({ span }) => site !== undefined || !/\.ya?ml$/i.test(span.file))
      .filter((one) => !findings.some((finding) => covers(one, finding)))
      .map(({ check, span }) => ({
        check: 'unused-suppression',
        severity: 'warning',
        message: `${check} finds nothing here, so that this suppression may go`,
        span,
        path: [],
        cure: 'delete it',
        key: check,
      })),
};
