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

/** Down after 2 s of silence (4 × 500 ms), up after 5 s of answers; thresholds of loss and delay as mwan3's. */
export const DEFAULT_HEALTH: HealthSettings = {
  intervalMs: 500,
  timeoutMs: 1000,
  fall: 4,
  rise: 10,
  quorum: 1,
  windowMs: 30_000,
  loss: { downPercent: 40, upPercent: 10 },
  rtt: { downMs: 1000, upMs: 500 },
  initial: 'unknown',
};

/** Each WAN takes one priority of every thousand of the band; the last ten of the last thousand are the last resorts'. */
export const MAX_WANS = 989;
