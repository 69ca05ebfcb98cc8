import type { Sample } from '../health/window.ts';

/** As many as fit beside a WAN's other figures in 80 columns. */
export const HISTORY_LENGTH = 20;

/** The latest probes, oldest first: `.` answered, `!` lost, `x` answered wrongly, `?` nothing. */
export function historyOf(samples: readonly Sample[]): string {
  const marks = samples.slice(-HISTORY_LENGTH).map((sample) => {
    switch (sample.kind) {
      case 'answered':
        return '.';
      case 'lost':
        return '!';
      case 'bad':
      case 'portal':
        return 'x';
    }
  });
  return marks.length === 0 ? '?' : marks.join('');
}
