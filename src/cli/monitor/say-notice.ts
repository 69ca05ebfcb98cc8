import { describeChange } from '../../apply/describe.ts';
import { formatDiagnostic } from '../../config/format-diagnostic.ts';
import type { ResetReason } from '../../monitor/decide/decision.ts';
import type { Priority } from '../../monitor/log/log-entry.ts';
import type { Notice } from '../../monitor/loop/notice.ts';
import { familyName } from '../../net/family.ts';
import { summarizeChanges } from '../format/changes.ts';

export interface Said {
  readonly priority: Priority;
  readonly text: string;
}

/** How many of somebody's changes are named; more say no more about who made them. */
const NAMED = 3;

const RESET_REASONS: Readonly<Record<ResetReason, string>> = {
  failed: 'it failed',
  admin: 'an administrator took it down',
  moved: 'a better WAN is back',
};

/** A notice in one line a person reads in a journal. */
export function sayNotice(notice: Notice): Said {
  switch (notice.kind) {
    case 'started':
      return {
        priority: 'info',
        text:
          notice.changes.length === 0
            ? 'watching; the machine is as the site wants it'
            : `watching; applied: ${summarizeChanges(notice.changes)}`,
      };
    case 'unconfirmed':
      return {
        priority: 'warning',
        text: `what is applied waits for polywan confirm until ${new Date(notice.untilMs).toISOString()}: if that does not come, it is taken back, and the monitor ends`,
      };
    case 'transition': {
      const { wan, from, to, cause } = notice.transition;
      const why = cause === undefined ? '' : ` (${cause})`;
      return { priority: to === 'down' ? 'warning' : 'notice', text: `WAN ${wan}: ${from} → ${to}${why}` };
    }
    case 'family': {
      const { wan, family, down, cause } = notice.turn;
      const what = `WAN ${wan}: ${familyName(family)} is ${down ? 'down' : 'back'}`;
      const why = cause === undefined ? '' : ` (${cause})`;
      return { priority: down ? 'warning' : 'notice', text: what + why };
    }
    case 'enacted':
      return {
        priority: 'info',
        text: `traffic moved in ${notice.tookMs} ms: ${summarizeChanges(notice.changes)}`,
      };
    case 'reset':
      return {
        priority: 'info',
        text: `${notice.count} ${familyName(notice.family)} ${notice.count === 1 ? 'connection' : 'connections'} of WAN ${notice.wan} reset: ${RESET_REASONS[notice.why]}`,
      };
    case 'healed':
      return { priority: 'warning', text: healedText(notice) };
    case 'reloaded':
      return {
        priority: 'notice',
        text: [
          `site reloaded: ${notice.changes.length === 0 ? 'the machine is as it wants it' : summarizeChanges(notice.changes)}`,
          ...notice.resets,
        ].join('; '),
      };
    case 'bad-site':
      return {
        priority: 'err',
        text: `the site was not reloaded, the one before stays:\n${notice.diagnostics
          .map((diagnostic) => formatDiagnostic(diagnostic, notice.sources, { color: false }))
          .join('\n')}`,
      };
    case 'problem':
      return { priority: 'err', text: notice.message };
    case 'stopped':
      return { priority: 'info', text: `stopped: ${notice.why}` };
  }
}

function healedText({ changes, by, times, pauseMs }: Extract<Notice, { readonly kind: 'healed' }>): string {
  const named = changes.slice(0, NAMED).map(describeChange).join('; ');
  const more = changes.length > NAMED ? ` and ${changes.length - NAMED} more` : '';
  const who = by === undefined ? '' : `; the last to change rulesets was ${by}`;
  const again = times > 1 ? `; ${times} times within a minute` : '';
  const pause = pauseMs > 0 ? `, so that the next repair waits ${Math.ceil(pauseMs / 1000)} s` : '';
  return `put back what was taken away: ${named}${more}${who}${again}${pause}`;
}
