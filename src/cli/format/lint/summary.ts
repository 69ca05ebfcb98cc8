import type { LintReport } from '../../lint/report.ts';

/** `2 errors, 1 warning in 3 machines; 4 suppressed`; what there is none of is not said. */
export function summaryLine({ summary, unreadable }: LintReport): string {
  const { errors, warnings, notes, suppressed, known, machines } = summary;
  const found = [
    ...count(errors, 'error'),
    ...count(warnings, 'warning'),
    ...count(notes, 'note'),
    ...count(unreadable.length, 'problem reading files', 'problems reading files'),
  ].join(', ');
  const aside = [
    ...(suppressed === 0 ? [] : [`${suppressed} suppressed`]),
    ...(known === 0 ? [] : [`${known} in the baseline`]),
  ].join(', ');
  const where = machines > 1 ? ` in ${machines} machines` : '';
  return `${found === '' ? 'nothing wrong' : found}${where}${aside === '' ? '' : `; ${aside}`}`;
}

function count(number: number, one: string, many = `${one}s`): readonly string[] {
  return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
}
