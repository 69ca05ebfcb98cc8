import { DEFAULT_HEALTH } from '../defaults.ts';
import type { HealthSettings, Located } from '../site.ts';
import { child, type YamlNode } from '../yaml-node.ts';
import { durationAt, numberAt, percentAt, scalarAt } from './read-values.ts';
import { type Reading, report } from './reading.ts';

/** Below 10 ms ping polls and keeps a core busy. */
const MIN_INTERVAL_MS = 10;

type Pair = { readonly down: number; readonly up: number };

export function readHealth(reading: Reading, node: YamlNode | undefined, probes: number): HealthSettings {
  const interval = durationAt(reading, node, 'interval');
  const timeout = durationAt(reading, node, 'timeout');
  const window = durationAt(reading, node, 'window');
  const quorum = numberAt(node, 'quorum');
  const settings: HealthSettings = {
    intervalMs: interval?.value ?? DEFAULT_HEALTH.intervalMs,
    timeoutMs: timeout?.value ?? DEFAULT_HEALTH.timeoutMs,
    fall: numberAt(node, 'fall')?.value ?? DEFAULT_HEALTH.fall,
    rise: numberAt(node, 'rise')?.value ?? DEFAULT_HEALTH.rise,
    quorum: quorum?.value ?? DEFAULT_HEALTH.quorum,
    windowMs: window?.value ?? DEFAULT_HEALTH.windowMs,
    ...readLoss(reading, child(node, 'loss')),
    ...readRtt(reading, child(node, 'rtt')),
    initial: initialOf(scalarAt(node, 'initial')?.text),
  };
  if (interval !== undefined && interval.value < MIN_INTERVAL_MS)
    report(reading, interval.span, `an interval under ${MIN_INTERVAL_MS}ms keeps a core busy`);
  if (timeout?.value === 0) report(reading, timeout.span, 'a timeout of 0 loses every probe');
  if (window !== undefined && window.value < settings.intervalMs)
    report(reading, window.span, 'a window shorter than the interval holds no probe');
  if (quorum !== undefined && quorum.value > probes)
    report(reading, quorum.span, `a quorum of ${quorum.value} cannot be met by ${counted(probes)}`);
  return settings;
}

function counted(probes: number): string {
  return probes === 1 ? '1 probe' : `${probes} probes`;
}

function initialOf(text: string | undefined): HealthSettings['initial'] {
  return text === 'up' || text === 'down' ? text : DEFAULT_HEALTH.initial;
}

function readLoss(reading: Reading, node: YamlNode | undefined): Pick<HealthSettings, 'loss'> {
  if (node?.kind === 'scalar') return {};
  const defaults = { down: DEFAULT_HEALTH.loss?.downPercent ?? 0, up: DEFAULT_HEALTH.loss?.upPercent ?? 0 };
  const pair = readPair(reading, 'loss', percentAt(node, 'down'), percentAt(node, 'up'), defaults);
  return { loss: { downPercent: pair.down, upPercent: pair.up } };
}

function readRtt(reading: Reading, node: YamlNode | undefined): Pick<HealthSettings, 'rtt'> {
  if (node?.kind === 'scalar') return {};
  const defaults = { down: DEFAULT_HEALTH.rtt?.downMs ?? 0, up: DEFAULT_HEALTH.rtt?.upMs ?? 0 };
  const down = durationAt(reading, node, 'down');
  const pair = readPair(reading, 'rtt', down, durationAt(reading, node, 'up'), defaults);
  return { rtt: { downMs: pair.down, upMs: pair.up } };
}

/** Two thresholds with a band between them in which nothing changes. */
function readPair(
  reading: Reading,
  key: string,
  down: Located<number> | undefined,
  up: Located<number> | undefined,
  defaults: Pair,
): Pair {
  const pair = { down: down?.value ?? defaults.down, up: up?.value ?? defaults.up };
  const place = up ?? down;
  if (pair.up >= pair.down && place !== undefined)
    report(reading, place.span, `${key}: up must be lower than down`);
  return pair;
}
