import type { Transition, WanHealth } from '../health/state.ts';
import type { Entry } from '../record/entry.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What is known of WANs at a time, beside the transitions. */
export interface Known {
  readonly at: number;
  readonly wans: readonly { readonly name: string; readonly health: WanHealth }[];
}

/** From each start to the last entry before the next one. */
export function watchedSpans(entries: readonly Entry[]): readonly Span[] {
  const spans: Span[] = [];
  for (const { kind, at } of entries) {
    const last = spans.pop();
    if (last === undefined) spans.push({ from: at, to: at });
    else if (kind === 'start') spans.push(last, { from: at, to: at });
    else spans.push({ from: last.from, to: Math.max(last.to, at) });
  }
  return spans;
}

/** How long each WAN was down within the spans. */
export function downTimes(
  known: readonly Known[],
  transitions: readonly Transition[],
  spans: readonly Span[],
): Readonly<Record<string, number>> {
  const names = new Set(known.flatMap(({ wans }) => wans.map(({ name }) => name)));
  return Object.fromEntries([...names].map((name) => [name, downTime(name, known, transitions, spans)]));
}

function downTime(
  wan: string,
  known: readonly Known[],
  transitions: readonly Transition[],
  spans: readonly Span[],
): number {
  const told = known.flatMap(({ at, wans }) =>
    wans.flatMap(({ name, health }) => (name === wan ? [{ at, health }] : [])),
  );
  const changes = [
    ...told,
    ...transitions.flatMap((each) => (each.wan === wan ? [{ at: each.at, health: each.to }] : [])),
  ].sort((a, b) => a.at - b.at);
  return changes.reduce((sum, { at, health }, index) => {
    const end = changes[index + 1]?.at ?? Infinity;
    return health === 'down' ? sum + within(spans, { from: at, to: end }) : sum;
  }, 0);
}

function within(spans: readonly Span[], { from, to }: Span): number {
  return spans.reduce((sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0);
}
