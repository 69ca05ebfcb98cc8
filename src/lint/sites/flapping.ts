import { DEFAULT_HEALTH } from '../../config/defaults.ts';
import type { HealthSettings } from '../../config/site.ts';
import { formatDuration } from '../../net/duration.ts';
import { cureText } from '../cures/way-out.ts';

/** Something in a WAN's health that moves it when nothing has happened, or that never decides anything. */
export interface Flapping {
  readonly kind:
    | 'window-preempts-fall'
    | 'band-narrow'
    | 'back-faster'
    | 'timeout-outlasts-window'
    | 'rtt-never';
  readonly message: string;
  readonly cure: string;
  /** It moves a WAN that is well; the others only never come to decide. */
  readonly moves: boolean;
}

/**
 * What config takes and the settings together make useless. `failbackMs` is the shortest time that a policy keeps the
 * WAN out after its return; absent: it never comes back by itself.
 */
export function flappingOf(health: HealthSettings, failbackMs: number | undefined): readonly Flapping[] {
  return [
    ...windowPreemptsFall(health),
    ...narrowBand(health),
    ...backFaster(health, failbackMs),
    ...timeoutOutlastsWindow(health),
    ...rttNever(health),
  ];
}

/** Probes of one target that the window holds. */
function held({ windowMs, intervalMs }: HealthSettings): number {
  return Math.max(1, Math.floor(windowMs / intervalMs));
}

/** In a short window the few misses that `fall` lets pass are already the loss that takes the WAN down. */
function windowPreemptsFall(health: HealthSettings): readonly Flapping[] {
  const { loss, fall, intervalMs } = health;
  if (loss === undefined || loss.downPercent === 0) return [];
  const probes = held(health);
  const misses = Math.max(1, Math.ceil((probes * loss.downPercent) / 100));
  if (misses >= fall) return [];
  const enough = formatDuration(Math.ceil((fall * 100) / loss.downPercent) * intervalMs);
  return [
    {
      kind: 'window-preempts-fall',
      message: `its window holds ${counted(probes)}: losing ${misses} is a loss of ${percent((100 * misses) / probes)}, which takes it down before fall: ${fall} is reached`,
      cure: cureText('let the window hold more probes, or look at no loss', [
        `health: { window: ${enough} }`,
      ]),
      moves: true,
    },
  ];
}

/** One probe more or less jumps over the whole band in which nothing is to change. */
function narrowBand(health: HealthSettings): readonly Flapping[] {
  const { loss, intervalMs } = health;
  const probes = held(health);
  const step = 100 / probes;
  if (loss === undefined || step <= loss.downPercent - loss.upPercent) return [];
  // As wide as config takes it at least, where both thresholds are the same.
  const enough = Math.ceil(100 / Math.max(1, loss.downPercent - loss.upPercent));
  return [
    {
      kind: 'band-narrow',
      message: `one lost probe of the ${probes} in its window is ${percent(step)}, more than lies between loss.up ${percent(loss.upPercent)} and loss.down ${percent(loss.downPercent)}: single probes take it down and up`,
      cure: cureText('let one probe be less than the band', [
        `health: { window: ${formatDuration(enough * intervalMs)} }`,
      ]),
      moves: true,
    },
  ];
}

/** It is back in use before a failure of the same length would have been noticed. */
function backFaster({ intervalMs, fall, rise, holdMs }: HealthSettings, failbackMs: number | undefined) {
  if (failbackMs === undefined) return [];
  const downMs = fall * intervalMs;
  const upMs = Math.max(holdMs, rise * intervalMs) + failbackMs;
  if (upMs >= downMs) return [];
  const flapping: Flapping = {
    kind: 'back-faster',
    message: `it is in use again ${formatDuration(upMs)} after the first answer (rise: ${rise}), sooner than ${formatDuration(downMs)} of silence take it down (fall: ${fall}): a line with gaps goes up and down with them`,
    cure: cureText('let it be well for as long as it may be silent', [
      `health: { rise: ${Math.max(fall, rise)} }`,
    ]),
    moves: true,
  };
  return [flapping];
}

/** Windows that hold the default number of probes: 30 s for a timeout of 1 s. */
const OUTLAST = 30;

/** A probe has left the window before it counts as lost. */
function timeoutOutlastsWindow({ loss, timeoutMs, windowMs }: HealthSettings): readonly Flapping[] {
  if (loss === undefined || timeoutMs < windowMs) return [];
  return [
    {
      kind: 'timeout-outlasts-window',
      message: `a probe counts as lost after ${formatDuration(timeoutMs)}, when it has left the window of ${formatDuration(windowMs)}: loss is never seen`,
      cure: cureText('let the window outlast the timeout', [
        `health: { window: ${formatDuration(timeoutMs * OUTLAST)} }`,
      ]),
      moves: false,
    },
  ];
}

/** Later answers are lost probes, so their mean never gets there. The default pair is nobody's choice. */
function rttNever({ rtt, timeoutMs }: HealthSettings): readonly Flapping[] {
  const usual = DEFAULT_HEALTH.rtt;
  if (rtt === undefined || rtt.downMs <= timeoutMs) return [];
  if (rtt.downMs === usual?.downMs && rtt.upMs === usual.upMs) return [];
  return [
    {
      kind: 'rtt-never',
      message: `answers later than ${formatDuration(timeoutMs)} count as lost, so their mean never reaches rtt.down ${formatDuration(rtt.downMs)}`,
      cure: cureText('wait for answers longer than what is too late', [
        `health: { timeout: ${formatDuration(rtt.downMs * 2)} }`,
      ]),
      moves: false,
    },
  ];
}

function counted(count: number): string {
  return count === 1 ? '1 probe' : `${count} probes`;
}

function percent(value: number): string {
  return `${Math.round(value * 10) / 10}%`;
}
