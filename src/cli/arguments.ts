import { LONGEST_DURATION_MS, parseDuration } from '../net/duration.ts';
import type { Arguments } from './command.ts';
import { UsageError } from './usage-error.ts';

/** The milliseconds of an option like `--confirm 60s`; undefined when it is not given. */
export function durationOption(args: Arguments, name: string): number | undefined {
  const value = args[name];
  if (value === undefined) return undefined;
  const ms = parseDuration(String(value));
  if (ms === undefined || ms <= 0) throw new UsageError(`--${name} needs a duration such as 60s or 5m`);
  if (ms > LONGEST_DURATION_MS) throw new UsageError(`--${name} ends at 24d`);
  return ms;
}

/** The words of an option that may be repeated. */
export function listOption(args: Arguments, name: string): readonly string[] {
  const value = args[name];
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

export function textOption(args: Arguments, name: string): string | undefined {
  const value = args[name];
  return value === undefined ? undefined : String(value);
}
