import type { AdminWord } from '../../monitor/event.ts';
import { lines } from './text-lines.ts';

/** While no monitor runs: what stays down as the last one left it, and what an administrator has said since. */
export function unwatchedText(
  down: readonly string[],
  words: Readonly<Record<string, AdminWord>>,
  columns: number,
): string {
  const state =
    down.length === 0
      ? 'every WAN counts as up'
      : `${down.join(', ')} ${down.length === 1 ? 'stays' : 'stay'} down until polywan apply, or until one that starts finds better`;
  return [
    lines(`no monitor is running: nothing is watched, and ${state}`, '', columns),
    ...Object.entries(words).map(([wan, word]) =>
      lines(`${wan}: an administrator says ${word}, which will hold when a monitor starts`, '', columns),
    ),
  ].join('');
}
