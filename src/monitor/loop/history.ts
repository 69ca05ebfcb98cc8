import type { Sample } from '../health/window.ts';

/** As many as fit beside a WAN's other figures in 80 columns. */
export const HISTORY_LENGTH = 20;

/** Nothing was heard yet. */
export const NO_HISTORY = '?';

const MARKS: Readonly<Record<Sample['kind'], string>> = { answered: '.', lost: '!', bad: 'x', portal: 'x' };

/** The latest probes, oldest first: `.` answered, `!` lost, `x` answered wrongly, `?` nothing. */
export function historyOf(samples: readonly Sample[]): string {
  const marks = samples.slice(-HISTORY_LENGTH).map(({ kind }) => MARKS[kind]);
  return marks.length === 0 ? NO_HISTORY : marks.join('');
}
