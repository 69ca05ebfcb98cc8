import type { Site, Wan } from '../../config/site.ts';
import { MAIN_TABLE, type Route } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import { addressBits, familyOfAddress } from '../../net/family.ts';
import { formatPrefix, networkOf, type Prefix, parseAddress, prefixContains } from '../../net/prefix.ts';
import { isLan } from '../../plan/lan-networks.ts';
import type { Check } from '../check.ts';
import { probesFor } from '../cures/site-cures.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { askedHost } from '../sites/asked-host.ts';
import { CABLE, PROFILES, SITE } from '../sites/example-profiles.ts';

export const probeTargetElsewhere: Check = {
  id: 'probe-target-elsewhere',
  severity: 'warning',
  summary:
    'A probe asks a host that is not reached through its WAN: inside, the router itself, or at another WAN.',
  why: [
    'A probe is to tell whether its WAN carries traffic. A host inside the network, or the router, is not reached through any WAN; the gateway of another WAN is a neighbour of the router there, and through this WAN it answers only when both ISPs let strangers ask it.',
    'Specific routes of main are asked before the mark of any WAN, so a target that one of them sends by another interface is never reached by its own.',
  ],
  bad: {
    files: {
      'polywan.yaml': SITE,
      ...PROFILES,
      'profiles/cable.yaml': CABLE.replace('203.0.113.2', '192.0.2.1'),
    },
  },
  good: {
    files: {
      'polywan.yaml': SITE,
      ...PROFILES,
      'profiles/cable.yaml': CABLE.replace('203.0.113.2', '198.51.100.1'),
    },
  },
  run: (machine) => {
    const { site } = machine;
    return site === undefined ? [] : site.wans.flatMap((wan) => judgeWan(machine, site, wan));
  },
};

function judgeWan({ state }: Machine, site: Site, wan: Wan): readonly Finding[] {
  const seen = new Set<string>();
  return wan.probes.flatMap((probe): readonly Finding[] => {
    const host = askedHost(probe);
    const parsed = parseAddress(host ?? '');
    if (host === undefined || parsed === undefined || seen.has(host)) return [];
    seen.add(host);
    const target: Prefix = { ...parsed, length: addressBits(parsed.family) };
    const where = ownGateway(wan, host) ? undefined : placeOf(target, wan, site, state);
    if (where === undefined) return [];
    return [
      {
        check: probeTargetElsewhere.id,
        severity: 'warning',
        message: `the probe of ${wan.name} asks ${host}, ${where}: whether it answers says nothing of ${wan.name}`,
        span: probe.origin.span,
        path: [],
        cure: probesFor(site, wan, `ask a host that only ${wan.name} leads to`),
        key: `${wan.name} ${host}`,
      },
    ];
  });
}

function ownGateway(wan: Wan, host: string): boolean {
  const gateway = wan.gateway[familyOfAddress(host)];
  return gateway.kind === 'address' && gateway.address === host;
}

/** Where the target is, where that is certain. */
function placeOf(target: Prefix, wan: Wan, site: Site, state: KernelState): string | undefined {
  const host = target.address;
  const own = ownAddress(host, site, state);
  if (own !== undefined) return own;
  const inside = insidePrefixes(site, state).find((prefix) => prefixContains(prefix, target));
  if (inside !== undefined) return `which is inside (${formatPrefix(inside)})`;
  const other = site.wans.find((each) => each.interface !== wan.interface && ownGateway(each, host));
  if (other !== undefined) return `which is the gateway of ${other.name}`;
  const route = mainRoute(target, state);
  const device = route?.hops[0]?.device;
  if (route === undefined || device === undefined || route.hops.some((hop) => hop.device === wan.interface))
    return undefined;
  return `which main routes by ${device} (${formatPrefix(route.destination)})`;
}

function ownAddress(host: string, site: Site, state: KernelState): string | undefined {
  const translated = site.wans.some(({ nat }) =>
    Object.values(nat).some((each) => each.kind === 'snat' && each.address === host),
  );
  const found = state.addresses.find(({ address }) => address === host);
  if (found !== undefined) return `which is the router itself (${found.device})`;
  return translated ? 'which is the router itself (snat)' : undefined;
}

/** What the site itself calls inside, and the networks of its inside interfaces. */
function insidePrefixes(site: Site, state: KernelState): readonly Prefix[] {
  const named = site.wans.flatMap(({ sources = [], nat }) => [
    ...sources.filter(({ length }) => length > 0),
    ...(nat.ipv6.kind === 'nptv6' ? [nat.ipv6.inside] : []),
  ]);
  const found = state.addresses
    .filter(({ device }) => isLan(site, device))
    .map(({ family, address, length }) => networkOf({ family, address, length }));
  return [...named, ...found];
}

/** The most specific route of main that is no default; those come before every mark. */
function mainRoute(target: Prefix, { routes }: KernelState): Route | undefined {
  let best: Route | undefined;
  for (const route of routes) {
    const { destination, table, type, family } = route;
    if (table !== MAIN_TABLE || type !== 'unicast' || family !== target.family || destination.length === 0)
      continue;
    if (destination.length <= (best?.destination.length ?? 0) || !prefixContains(destination, target))
      continue;
    best = route;
  }
  return best;
}
