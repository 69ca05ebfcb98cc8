import type { Site, Wan } from '../../config/site.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import { CABLE, PROFILES, SITE } from '../sites/example-profiles.ts';
import { flappingOf } from '../sites/flapping.ts';

export const thresholdsFlap: Check = {
  id: 'thresholds-flap',
  severity: 'warning',
  summary: 'Settings of health that contradict each other: the WAN flaps, or one of them never decides.',
  why: [
    'Loss is counted in whole probes. In a window that holds few of them a single lost probe may be more than the band between the two thresholds, or as much as the threshold that takes the WAN down; then chance moves connections from one WAN to the other and back.',
    'A WAN that comes back sooner than it goes down follows every gap of a bad line. It is a note where a setting only never comes to decide: a window that ends before the timeout, a delay that no answer in time can have.',
  ],
  bad: {
    files: {
      'polywan.yaml': SITE,
      ...PROFILES,
      'profiles/cable.yaml': `${CABLE}health: { interval: 10s, timeout: 3s, window: 30s }\n`,
    },
  },
  good: {
    files: {
      'polywan.yaml': SITE,
      ...PROFILES,
      'profiles/cable.yaml': `${CABLE}health: { interval: 10s, timeout: 3s, window: 5m }\n`,
    },
  },
  run: ({ site }) => (site === undefined ? [] : site.wans.flatMap((wan) => judge(site, wan))),
};

function judge(site: Site, wan: Wan): readonly Finding[] {
  if (wan.probes.length === 0) return [];
  return flappingOf(wan.health, shortestFailback(site, wan)).map(({ kind, message, cure, moves }) => ({
    check: thresholdsFlap.id,
    severity: moves ? 'warning' : 'note',
    message: `WAN ${wan.name}: ${message}`,
    span: (wan.healthOrigin ?? wan.origin).span,
    path: [],
    cure,
    key: `${wan.name} ${kind}`,
  }));
}

/** Undefined: no policy lets it come back by itself. */
function shortestFailback({ policies }: Site, { name }: Wan): number | undefined {
  const times = policies.flatMap(({ members, failbackAfterMs }) =>
    failbackAfterMs !== 'never' && members.some(({ wan }) => wan === name) ? [failbackAfterMs] : [],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}
