import { nearest } from '../../config/nearest.ts';
import type { Check } from '../check.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { covers, findSuppressions, type Suppression } from '../suppressions.ts';

const RULE = '-A FORWARD -i lan0 -j ACCEPT -m comment --comment';

function ruleset(comment: string): string {
  return `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
${RULE} "${comment}"
COMMIT
`;
}

export const badSuppression: Check = {
  id: 'bad-suppression',
  severity: 'warning',
  summary: 'a suppression without a reason, or of a check that does not exist',
  why: [
    'A suppression is a note to whoever reads the ruleset next. Without a reason nobody can tell whether it still holds, and with a misspelt name it does nothing. Neither suppresses anything.',
    'Above a line, or at its end: # polywan-ignore CHECK: why. In a rule of iptables: -m comment --comment "polywan:ignore=CHECK why". In a rule of nft: comment "polywan:ignore=CHECK why".',
  ],
  bad: { files: { 'rules.v4': ruleset('polywan:ignore=accept-before-save') } },
  good: { files: { 'rules.v4': ruleset('guests; see ticket 12') } },
  run: ({ sources }, { known, findings }) =>
    findSuppressions(sources).flatMap((one) => {
      const meant = findings.find((finding) => covers({ ...one, check: finding.check }, finding))?.check;
      const wrong = whatIsWrong(one, known, meant);
      return wrong === undefined ? [] : [finding(one, wrong)];
    }),
};

/** A reason as somebody may write it. */
const REASON = 'asked for in ticket 12';

interface Wrong {
  readonly message: string;
  readonly cure: string;
}

/** `meant`: what is found at the place that it stands for. */
function whatIsWrong(
  { check, reason, inRule }: Suppression,
  known: ReadonlySet<string>,
  meant = 'accept-before-save',
): Wrong | undefined {
  const form = (name: string) =>
    inRule ? `polywan:ignore=${name} ${REASON}` : `# polywan-ignore ${name}: ${REASON}`;
  const write = (name: string) => cureText('name the check, and say why it does not hold here', [form(name)]);
  if (check === '') return { message: 'this suppression names no check', cure: write(meant) };
  if (!known.has(check)) {
    const meant = nearest(check, known);
    return {
      message: `there is no check ${check}`,
      cure: meant === undefined ? 'polywan explain lists them' : `did you mean ${meant}?`,
    };
  }
  if (reason !== '') return undefined;
  return {
    message: `this suppression of ${check} gives no reason, so that it has no effect`,
    cure: write(check),
  };
}

function finding({ check, span }: Suppression, { message, cure }: Wrong): Finding {
  return { check: 'bad-suppression', severity: 'warning', message, span, path: [], cure, key: check };
}
