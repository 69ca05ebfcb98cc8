import type { Probe, Site, Wan } from '../../config/site.ts';
import type { Check } from '../check.ts';
import { probesFor } from '../cures/site-cures.ts';
import type { Finding } from '../finding.ts';
import { askedHost, dependsOn } from '../sites/asked-host.ts';
import { CABLE, PROFILES, SITE } from '../sites/example-profiles.ts';

export const probeTargetShared: Check = {
  id: 'probe-target-shared',
  severity: 'warning',
  summary: 'Two WANs hang on the same probe target: when it stops answering, both go down at once.',
  why: [
    'A probe asks one host, and hosts are rebooted, renumbered and filter pings. Where two WANs have nothing but the same host to ask, its failure looks like the failure of both, and connections go to the last resort although every WAN is well.',
    'A target that WANs share does no harm where each of them meets its quorum without it.',
  ],
  bad: {
    files: {
      'polywan.yaml': SITE,
      ...PROFILES,
      'profiles/cable.yaml': CABLE.replace('203.0.113.2', '203.0.113.1'),
    },
  },
  good: {
    files: {
      'polywan.yaml': SITE,
      ...PROFILES,
      'profiles/cable.yaml': CABLE.replace(
        '[{ ping: 203.0.113.2 }]',
        '[{ ping: 203.0.113.1 }, { ping: 203.0.113.2 }]',
      ),
    },
  },
  run: ({ site }) => (site === undefined ? [] : sharedTargets(site).flatMap((shared) => judge(site, shared))),
};

interface Shared {
  readonly host: string;
  /** WANs that go down with it, and the probe of each. */
  readonly users: readonly { readonly wan: Wan; readonly probe: Probe }[];
}

function sharedTargets({ wans }: Site): readonly Shared[] {
  const byHost = new Map<string, { wan: Wan; probe: Probe }[]>();
  for (const wan of wans)
    for (const probe of wan.probes) {
      const host = askedHost(probe);
      if (host === undefined || !dependsOn(wan, host)) continue;
      const users = byHost.get(host) ?? [];
      if (!users.some((user) => user.wan === wan)) users.push({ wan, probe });
      byHost.set(host, users);
    }
  return [...byHost].map(([host, users]) => ({ host, users })).filter(({ users }) => users.length > 1);
}

/** One finding, at the second user: the first one is well by itself. */
function judge(site: Site, { host, users }: Shared): readonly Finding[] {
  const second = users[1];
  if (second === undefined) return [];
  const names = users.map(({ wan }) => wan.name);
  return [
    {
      check: probeTargetShared.id,
      severity: 'warning',
      message: `when ${host} stops answering, ${list(names)} go down together: none of them meets its quorum without it`,
      span: second.probe.origin.span,
      path: users.map(({ wan, probe }) => ({
        span: probe.origin.span,
        rule: `probe of ${wan.name}`,
        note: `asks ${host}`,
      })),
      cure: probesFor(site, second.wan, `give ${second.wan.name} a second target, which is its own`, [host]),
      key: `${host}: ${names.join(' ')}`,
    },
  ];
}

function list(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
