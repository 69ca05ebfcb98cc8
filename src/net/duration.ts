const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Timers of Node count milliseconds in 31 bits: 24.8 days. */
export const LONGEST_DURATION_MS = 24 * 24 * 3_600_000;

/** What `parseDuration` reads. */
export const DURATION = /^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d))+$/;

/** Reads `500ms`, `10s`, `1m30s`, `2h` to milliseconds; undefined when it is none of them. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let totalMs = 0;
  for (const [, whole, fraction = '', unit = ''] of text.matchAll(/(\d+)(?:\.(\d+))?(ms|s|m|h|d)/g)) {
    const size = UNIT_MS[unit] ?? 0;
    // In whole numbers: 16.1 * 1000 is not 16100.
    totalMs += Number(whole) * size + (Number(fraction) * size) / 10 ** fraction.length;
  }
  return totalMs;
}

/** The shortest exact form with one unit: 90000 → `90s`, 600000 → `10m`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNIT_MS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}
