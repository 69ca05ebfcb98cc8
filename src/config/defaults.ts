import type { HealthSettings, LastResort } from './site.ts';

/** What a key means when it is left out. Schema, reader and manual take the values from here. */

/** The top byte: nobody in kernel-facts 7.4 but Calico, asuswrt and whole-word users sets bits there. */
export const DEFAULT_MARK_MASK = 0xff000000;

/** After the bands of mwan3 (1001–3060) and Tailscale (5210–5270), before wg-quick (32764) and main (32766). */
export const DEFAULT_PRIORITY = 10_000;

/** Priorities a site may use, from its first one. */
export const PRIORITY_BAND = 4000;

/** `ip rule`'s lookup of main: a rule behind it is never asked, since main has a default route. */
export const MAIN_RULE_PRIORITY = 32_766;

export const DEFAULT_LAST_RESORT: LastResort = 'unreachable';

export const DEFAULT_FAILBACK_AFTER_MS = 60_000;

/** HTTP's plain "here it is". */
export const DEFAULT_HTTP_STATUS = 200;

/** Reserved by RFC 2606 and kept resolvable by IANA. */
export const DEFAULT_DNS_QUERY = 'example.com';

/**
 * Down after 2 s of silence (4 × 500 ms), up after 5 s of answers; thresholds of loss and delay as mwan3's. No hold: `rise`
 * asks for 5 s already. Damping forgets half in 5 min, so that three failures within minutes count and three in a day do
 * not; after half an hour a person would have taken the WAN back.
 */
export const DEFAULT_HEALTH: HealthSettings = {
  intervalMs: 500,
  timeoutMs: 1000,
  fall: 4,
  rise: 10,
  quorum: 1,
  windowMs: 30_000,
  loss: { downPercent: 40, upPercent: 10 },
  rtt: { downMs: 1000, upMs: 500 },
  holdMs: 0,
  damping: { halfLifeMs: 300_000, limitMs: 1_800_000 },
  initial: 'unknown',
};

/**
 * A ping and its answer are 168 bytes: every 500 ms that is 870 MB a month for each target, every 10 s it is 44 MB. Fewer
 * misses and answers are waited for, since each takes so much longer; the window holds as many as it needs for a share.
 */
const METERED_HEALTH: HealthSettings = {
  ...DEFAULT_HEALTH,
  intervalMs: 10_000,
  timeoutMs: 3000,
  fall: 3,
  rise: 3,
  windowMs: 300_000,
};

/** So many samples loss and delay are judged by: with fewer one loss would be more than 5 %. */
export const ENOUGH_SAMPLES = 20;

/** The window that is not written: where probes are rare it is as long as enough of them take, the last one's answer too. */
export function defaultWindowMs(
  { windowMs }: HealthSettings,
  { intervalMs, timeoutMs }: Pick<HealthSettings, 'intervalMs' | 'timeoutMs'>,
): number {
  return Math.max(windowMs, ENOUGH_SAMPLES * intervalMs + timeoutMs);
}

export function defaultHealth(metered: boolean): HealthSettings {
  return metered ? METERED_HEALTH : DEFAULT_HEALTH;
}

/** So many samples a probe's window holds: 41 s at 10 ms. More would only blur what happens now. */
export const MAX_WINDOW_SAMPLES = 4096;

/** Each WAN takes one priority of every thousand of the band; the last ten of the last thousand are the last resorts'. */
export const MAX_WANS = 989;
