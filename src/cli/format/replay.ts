import type { Cause, Transition, WanHealth } from '../../monitor/health/state.ts';
import type { Course, Replay } from '../../monitor/replay/replay.ts';
import { table } from './table.ts';
import { lines } from './text-lines.ts';

/** The two courses side by side, by time, and how long each WAN was down in them. */
export function formatReplay(replay: Replay, width: number): string {
  const { watched, happened, replayed, notes } = replay;
  const from = watched[0]?.from ?? 0;
  const to = watched.at(-1)?.to ?? from;
  const total = watched.reduce((sum, span) => sum + span.to - span.from, 0);
  const rows = transitionRows(happened.transitions, replayed.transitions);
  return [
    lines(
      `recorded from ${formatTime(from)} to ${formatTime(to)}, ${durationText(total)} watched`,
      '',
      width,
    ),
    ...notes.map((note) => lines(note, 'note: ', width)),
    '\n',
    rows.length === 0
      ? 'no transition, then or now\n'
      : table([['time', 'wan', 'happened', 'would have happened'], ...rows], width),
    '\n',
    table([['wan', 'was down', 'would have been'], ...downRows(happened, replayed)], width),
  ].join('');
}

/** Replayed, a probe is told of some milliseconds sooner or later than it was: the same, for who compares. */
const SAME_MS = 100;

interface Row {
  readonly at: number;
  readonly wan: string;
  readonly was: string;
  readonly would: string;
}

function transitionRows(
  then: readonly Transition[],
  now: readonly Transition[],
): readonly (readonly string[])[] {
  const open = new Map<string, Transition[]>();
  for (const each of now) open.set(keyOf(each), [...(open.get(keyOf(each)) ?? []), each]);
  const rows = then.map((each): Row => {
    const left = open.get(keyOf(each)) ?? [];
    const same = left.findIndex(({ at }) => Math.abs(at - each.at) <= SAME_MS);
    if (same !== -1) left.splice(same, 1);
    const was = formatTransition(each);
    return { at: each.at, wan: each.wan, was, would: same === -1 ? '-' : was };
  });
  for (const each of [...open.values()].flat())
    rows.push({ at: each.at, wan: each.wan, was: '-', would: formatTransition(each) });
  return rows.sort((a, b) => a.at - b.at).map(({ at, wan, was, would }) => [formatTime(at), wan, was, would]);
}

function keyOf(transition: Transition): string {
  return `${transition.wan} ${formatTransition(transition)}`;
}

function formatTransition({ from, to, cause }: { from: WanHealth; to: WanHealth; cause?: Cause }): string {
  return cause === undefined ? `${from} to ${to}` : `${from} to ${to} (${cause})`;
}

function downRows(happened: Course, replayed: Course): readonly (readonly string[])[] {
  const names = new Set([...Object.keys(happened.downMs), ...Object.keys(replayed.downMs)]);
  const cell = (ms: number | undefined) => (ms === undefined ? '-' : durationText(ms));
  return [...names].map((name) => [name, cell(happened.downMs[name]), cell(replayed.downMs[name])]);
}

/** `20ms`, `3.0s`, `5m 3s`, `2h 5m`: what differs by less differs in no way that counts. */
function durationText(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths === 0) return ms === 0 ? '0s' : `${Math.round(ms)}ms`;
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

function formatTime(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC');
}

export function replayAsData({ watched, happened, replayed, notes }: Replay, unreadable: number) {
  const course = ({ transitions, downMs }: Course) => ({
    transitions: transitions.map((each) => ({ ...each, at: new Date(each.at).toISOString() })),
    downMs,
  });
  const spans = watched.map(({ from, to }) => ({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  }));
  return { watched: spans, happened: course(happened), replayed: course(replayed), notes, unreadable };
}
