import { isForRouter } from '../config/for-router.ts';
import type { Site } from '../config/site.ts';
import { isOwnRule } from '../kernel/ownership.ts';
import { MAIN_TABLE, type RouteType } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { familyName, ipVersion } from '../net/family.ts';
import { isNamed } from '../net/interface-pattern.ts';
import { formatMark } from '../net/mark.ts';
import { formatPrefix } from '../net/prefix.ts';
import { altnameAdvice } from './altname-advice.ts';
import { PRIORITY } from './geometry.ts';
import type { PlanWarning } from './plan.ts';
import { untranslatedLocalTraffic } from './untranslated-local-traffic.ts';
import { siteFamilies } from './uplinks.ts';

/** What may surprise: marks of other programs in the same bits, own traffic with a foreign source, routes that go before. */
export function siteWarnings(site: Site, facts: KernelState): readonly PlanWarning[] {
  return [
    ...overlappingMarks(site, facts),
    ...gotosPast(site, facts),
    ...shadowedWans(facts),
    ...refusedDefaults(site, facts),
    ...untranslatedLocalTraffic(site, facts.routes).map(({ message, origin }) => ({ message, origin })),
    ...domainWarning(site),
    ...missingLans(site, facts),
    ...steeringOfNothing(site),
  ];
}

function steeringOfNothing({ lan, steering }: Site): readonly PlanWarning[] {
  const idle = lan.length > 0 ? [] : steering.filter(({ match }) => !isForRouter(match));
  return idle.map(({ name, origin }) => {
    const message = `steering rule ${name} takes nothing, as lan names no interface; what this machine itself sends is for rules with in: router, and for local_traffic`;
    return { message, origin };
  });
}

/**
 * Bridges and tunnels come and go, and a wildcard is for those that will come: it is told of only where nothing at all is
 * inside.
 */
function missingLans({ lan, origins }: Site, { links }: KernelState): readonly PlanWarning[] {
  const absent = lan.filter((name) => !links.some((link) => isNamed(name, link.name)));
  const told = absent.length === lan.length ? absent : absent.filter((name) => !name.endsWith('+'));
  return told.map((name) => {
    const advice = altnameAdvice(name, links);
    const message =
      advice === undefined
        ? `lan: interface ${name} is not there; nothing that comes in by it is steered until it is`
        : `lan: ${advice}; nothing that comes in by it is steered until then`;
    return { message, origin: origins.lan };
  });
}

function overlappingMarks(site: Site, facts: KernelState): readonly PlanWarning[] {
  const foreign = facts.policyRules.filter(
    (rule) => !isOwnRule(rule) && ((rule.selector.fwmark?.mask ?? 0) & site.markMask) !== 0,
  );
  const seen = new Set<string>();
  return foreign.flatMap((rule) => {
    const mark = rule.selector.fwmark;
    if (mark === undefined || seen.has(formatMark(mark))) return [];
    seen.add(formatMark(mark));
    const mask = formatMark({ value: site.markMask, mask: 0xffffffff });
    const message = `policy rule ${rule.priority} of another program reads mark ${formatMark(mark)}, in the same bits as mark_mask ${mask}`;
    return [{ message }];
  });
}

/** A goto of another program that leads into the band of polywan's rules, or past it, skips those between. */
function gotosPast(site: Site, { policyRules }: KernelState): readonly PlanWarning[] {
  const families = siteFamilies(site);
  return policyRules.flatMap((rule): readonly PlanWarning[] => {
    const { family, priority, action } = rule;
    if (isOwnRule(rule) || !families.includes(family) || action.kind !== 'goto') return [];
    if (action.priority <= site.priority || priority > site.priority + PRIORITY.fromGuard) return [];
    const message = `policy rule ${priority} of another program (${familyName(family)}) goes on at ${action.priority}, past polywan's rules, which begin at ${site.priority}: what it takes may not be steered`;
    return [{ message }];
  });
}

/** A prefix no longer than this stands for a default route: OpenVPN's 0.0.0.0/1 and 128.0.0.0/1, or 2000::/3. */
const SHORT_PREFIX = 3;

/** What main knows in particular goes before every WAN, as it must for inside networks; not so half of the internet. */
function shadowedWans({ routes }: KernelState): readonly PlanWarning[] {
  return routes
    .filter(
      ({ table, type, destination }) =>
        table === MAIN_TABLE &&
        type === 'unicast' &&
        destination.length > 0 &&
        destination.length <= SHORT_PREFIX,
    )
    .map(({ destination, hops }) => ({
      message: `the main table sends ${formatPrefix(destination)} by ${hops[0]?.device ?? 'another way'}: that goes before every WAN, so nothing of it is steered`,
    }));
}

const REFUSING: readonly RouteType[] = ['unreachable', 'blackhole', 'prohibit'];

/**
 * A default that refuses is not passed over by the band's first rule as others are (only what was found without an error is
 * suppressed, fib_rules_lookup), where it is the best that main has.
 */
function refusedDefaults(site: Site, { routes }: KernelState): readonly PlanWarning[] {
  return siteFamilies(site).flatMap((family) => {
    const best = routes
      .filter(({ table, destination }) => table === MAIN_TABLE && destination.length === 0)
      .filter((route) => route.family === family)
      .sort((a, b) => a.metric - b.metric)[0];
    if (best === undefined || !REFUSING.includes(best.type)) return [];
    const message = `the main table has ${best.type} default: that goes before every WAN, so nothing of ${familyName(family)} is carried; move it to the table default, which is asked last (ip -${ipVersion(family)} route add ${best.type} default table default)`;
    return [{ message }];
  });
}

function domainWarning(site: Site): readonly PlanWarning[] {
  const first = site.steering.find((rule) => rule.match.domain !== undefined);
  if (first === undefined) return [];
  const message =
    'steering by domain needs dnsmasq as the resolver; restart it after apply so that it reads its new file';
  return [{ message, origin: first.origin }];
}
