import { formatDuration } from '../../net/duration.ts';
import { DEFAULT_HEALTH, defaultHealth, defaultWindowMs, MAX_WINDOW_SAMPLES } from '../defaults.ts';
import { isRefused } from '../is-refused.ts';
import type { HealthSettings, Located } from '../site.ts';
import { child, type YamlNode } from '../yaml-node.ts';
import type { Voters } from './count-voters.ts';
import { durationAt, numberAt, percentAt, scalarAt } from './read-values.ts';
import { type Reading, report } from './reading.ts';

/** Below 10 ms ping polls and keeps a core busy. */
const MIN_INTERVAL_MS = 10;

type Pair = { readonly down: number; readonly up: number };

/** What the thresholds must fit. */
export interface WatchedBy {
  readonly voters: Voters;
  readonly metered: boolean;
}

export function readHealth(
  reading: Reading,
  node: YamlNode | undefined,
  { voters, metered }: WatchedBy,
): HealthSettings {
  const defaults = defaultHealth(metered);
  const interval = durationAt(reading, node, 'interval');
  const timeout = durationAt(reading, node, 'timeout');
  const window = durationAt(reading, node, 'window');
  const quorum = numberAt(node, 'quorum');
  const times = {
    intervalMs: interval?.value ?? defaults.intervalMs,
    timeoutMs: timeout?.value ?? defaults.timeoutMs,
  };
  const settings: HealthSettings = {
    ...times,
    fall: numberAt(node, 'fall')?.value ?? defaults.fall,
    rise: numberAt(node, 'rise')?.value ?? defaults.rise,
    quorum: quorum?.value ?? defaults.quorum,
    windowMs: window?.value ?? defaultWindowMs(defaults, times),
    ...readLoss(reading, child(node, 'loss')),
    ...readRtt(reading, child(node, 'rtt')),
    holdMs: durationAt(reading, node, 'hold')?.value ?? DEFAULT_HEALTH.holdMs,
    ...readDamping(reading, child(node, 'damping')),
    initial: initialOf(scalarAt(node, 'initial')?.text),
  };
  checkTimes(reading, node, { interval, timeout, window }, settings);
  if (quorum !== undefined && quorum.value > voters.most)
    report(reading, quorum.span, `a quorum of ${quorum.value} cannot be met by ${counted(voters)}`);
  return settings;
}

interface WrittenTimes {
  readonly interval: Located<number> | undefined;
  readonly timeout: Located<number> | undefined;
  readonly window: Located<number> | undefined;
}

/** `settings` are what they come to together with the defaults. */
function checkTimes(
  reading: Reading,
  node: YamlNode | undefined,
  { interval, timeout, window }: WrittenTimes,
  { intervalMs, windowMs }: HealthSettings,
): void {
  const isTooShort = interval !== undefined && interval.value < MIN_INTERVAL_MS;
  if (isTooShort) report(reading, interval.span, `an interval under ${MIN_INTERVAL_MS}ms keeps a core busy`);
  if (timeout?.value === 0) report(reading, timeout.span, 'a timeout of 0 loses every probe');
  if (window !== undefined && !isRefused(node, 'interval') && window.value < intervalMs)
    report(reading, window.span, 'a window shorter than the interval holds no probe');
  const place = window ?? interval;
  if (place !== undefined && !isTooShort && windowMs > intervalMs * MAX_WINDOW_SAMPLES)
    report(
      reading,
      place.span,
      `a window holds at most ${MAX_WINDOW_SAMPLES} probes: ${formatDuration(intervalMs * MAX_WINDOW_SAMPLES)} at this interval`,
    );
}

function counted({ most, apart }: Voters): string {
  const probes = most === 1 ? '1 probe' : `${most} probes`;
  return apart ? `the ${probes} of either family: they are judged apart` : probes;
}

function initialOf(text: string | undefined): HealthSettings['initial'] {
  return text === 'up' || text === 'down' ? text : DEFAULT_HEALTH.initial;
}

function readLoss(reading: Reading, node: YamlNode | undefined): Pick<HealthSettings, 'loss'> {
  if (node?.kind === 'scalar') return {};
  const defaults = { down: DEFAULT_HEALTH.loss?.downPercent ?? 0, up: DEFAULT_HEALTH.loss?.upPercent ?? 0 };
  const pair = readPair(reading, 'loss', node, (key) => percentAt(node, key), defaults);
  return { loss: { downPercent: pair.down, upPercent: pair.up } };
}

function readRtt(reading: Reading, node: YamlNode | undefined): Pick<HealthSettings, 'rtt'> {
  if (node?.kind === 'scalar') return {};
  const defaults = { down: DEFAULT_HEALTH.rtt?.downMs ?? 0, up: DEFAULT_HEALTH.rtt?.upMs ?? 0 };
  const pair = readPair(reading, 'rtt', node, (key) => durationAt(reading, node, key), defaults);
  return { rtt: { downMs: pair.down, upMs: pair.up } };
}

function readDamping(reading: Reading, node: YamlNode | undefined): Pick<HealthSettings, 'damping'> {
  if (node?.kind === 'scalar') return {};
  const defaults = DEFAULT_HEALTH.damping ?? { halfLifeMs: 0, limitMs: 0 };
  const halfLife = durationAt(reading, node, 'half_life');
  const limit = durationAt(reading, node, 'limit');
  const damping = {
    halfLifeMs: halfLife?.value ?? defaults.halfLifeMs,
    limitMs: limit?.value ?? defaults.limitMs,
  };
  const place = isRefused(node, 'limit', 'half_life') ? undefined : (limit ?? halfLife);
  if (halfLife?.value === 0)
    report(reading, halfLife.span, 'a half-life of 0 forgets at once: write damping: off');
  else if (damping.limitMs < damping.halfLifeMs && place !== undefined)
    report(reading, place.span, 'damping: limit must not be shorter than half_life');
  return { damping };
}

/** Two thresholds with a band between them in which nothing changes. */
function readPair(
  reading: Reading,
  name: string,
  node: YamlNode | undefined,
  read: (key: 'down' | 'up') => Located<number> | undefined,
  defaults: Pair,
): Pair {
  const [down, up] = [read('down'), read('up')];
  const pair = { down: down?.value ?? defaults.down, up: up?.value ?? defaults.up };
  const place = isRefused(node, 'down', 'up') ? undefined : (up ?? down);
  if (pair.up >= pair.down && place !== undefined)
    report(reading, place.span, `${name}: up must be lower than down`);
  return pair;
}
