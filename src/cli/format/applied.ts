import { type ApplyReport, resetSentences } from '../../apply/apply.ts';
import type { Pending } from '../../apply/records.ts';
import type { Outcome } from '../../apply/unchanged.ts';
import { formatDuration } from '../../net/duration.ts';
import { changesAsData, summarizeChanges } from './changes.ts';
import { lines } from './text-lines.ts';
import { warningsAsData } from './warnings.ts';

/** What there is to tell of a report. */
type Told = Omit<ApplyReport, 'applying'> & { readonly applying: Outcome };

export function formatApplied(
  { applying, changes, resets }: Told,
  confirmMs: number | undefined,
  width: number,
): string {
  if (changes.length === 0) return said(['nothing to change', ...resets], width);
  const done = `applied by ${backendText(applying)}: ${summarizeChanges(changes)}`;
  const open =
    confirmMs === undefined
      ? []
      : [`run polywan confirm within ${formatDuration(confirmMs)}, or the state before comes back`];
  return said([done, ...resets, ...open], width);
}

function backendText({ choice }: Outcome): string {
  return `${choice.frontend ?? choice.backend} (${choice.reason})`;
}

/** `confirmUntil` is as in `status`: null where nothing waits for its word. */
export function appliedAsData(
  { applying, changes, resets }: Told,
  { applied, pending }: { readonly applied: boolean; readonly pending?: Pending | undefined },
): string {
  const { choice, plan } = applying;
  const data = {
    applied: applied && changes.length > 0,
    confirmUntil: pending === undefined ? null : new Date(pending.deadlineMs).toISOString(),
    backend: { name: choice.frontend ?? choice.backend, reason: choice.reason },
    changes: changesAsData(changes),
    resets: applied ? resets : resetSentences(applying),
    warnings: warningsAsData(plan.warnings),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

function said(texts: readonly string[], width: number): string {
  return texts.map((text) => lines(text, '', width)).join('');
}
