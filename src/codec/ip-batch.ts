import type { NextHop, PolicyRule, Route, RuleAction, RuleSelector } from '../kernel/routing.ts';
import { formatMark, formatWord, type Mark } from '../net/mark.ts';
import { formatPrefix, parseAddress } from '../net/prefix.ts';

/**
 * One line for `ip -4 -batch -` or `ip -6 -batch -`, by the rule's family. `del` names everything the rule has. To the
 * kernel a word that is left out means "any", so of two rules with one priority, action and protocol the wider one's
 * line may take the narrower one: whoever plans rules gives each its own priority.
 */
export function policyRuleCommand(verb: 'add' | 'del', rule: PolicyRule): string {
  if (verb === 'add' && !isWritableRule(rule))
    throw new Error(`ip rule cannot be written back, it has unknown words: ${rule.selector.unknown}`);
  const words = ['rule', verb, 'priority', String(rule.priority)];
  words.push(...selectorWords(rule), ...actionWords(rule.action));
  // 0 is what `add` writes without the word.
  if (rule.protocol !== 0) words.push('protocol', String(rule.protocol));
  return words.join(' ');
}

/** Selectors that are not modelled, and that `ip rule` takes as it lists them. */
const OTHER_SELECTORS = /^(?:tun_id \d+(?: |$))?(?:l3mdev)?$/;

/** Whether a rule can be added as it was listed. Any can be deleted: `del` may leave words out. */
export function isWritableRule({ selector: { unknown } }: PolicyRule): boolean {
  return unknown === undefined || OTHER_SELECTORS.test(unknown);
}

function selectorWords(rule: PolicyRule): readonly string[] {
  const { selector } = rule;
  const words = selector.not === true ? ['not'] : [];
  words.push('from', selector.from === undefined ? 'all' : formatPrefix(selector.from));
  if (selector.to !== undefined) words.push('to', formatPrefix(selector.to));
  if (selector.tos !== undefined) words.push('tos', formatWord(selector.tos));
  if (selector.fwmark !== undefined) words.push('fwmark', fullMark(selector.fwmark));
  const others = isWritableRule(rule) ? selector.unknown?.split(' ') : undefined;
  return [...words, ...textWords(selector), ...(others ?? [])];
}

/** The kernel takes a mark of 0 without a mask as "no mark"; the mask is named then. */
function fullMark(mark: Mark): string {
  return mark.value === 0 ? `0x0/${formatWord(mark.mask)}` : formatMark(mark);
}

function textWords(selector: RuleSelector): readonly string[] {
  const named: readonly (readonly [string, string | undefined])[] = [
    ['iif', selector.iif],
    ['oif', selector.oif],
    ['ipproto', selector.ipProtocol],
    ['sport', selector.sourcePort],
    ['dport', selector.destinationPort],
    ['uidrange', selector.uidRange],
  ];
  return named.flatMap(([word, value]) => (value === undefined ? [] : [word, value]));
}

function actionWords(action: RuleAction): readonly string[] {
  switch (action.kind) {
    case 'goto':
      return ['goto', String(action.priority)];
    case 'lookup': {
      // A rule for VRFs (l3mdev) looks up the table of the packet's VRF, and names none.
      const words = action.table === 0 ? [] : ['lookup', String(action.table)];
      if (action.suppressPrefixLength !== undefined)
        words.push('suppress_prefixlength', String(action.suppressPrefixLength));
      if (action.suppressGroup !== undefined) words.push('suppress_ifgroup', action.suppressGroup);
      if (action.realms !== undefined) words.push('realms', action.realms);
      return words;
    }
    default:
      return [action.kind];
  }
}

/**
 * One line for `ip -4 -batch -` or `ip -6 -batch -`, by the route's family. `del` names every property the kernel
 * matches on, as far as it can be named. An IPv6 metric of 0 cannot be asked for (the kernel puts 1024), so it is left to
 * the kernel.
 */
export function routeCommand(verb: 'add' | 'replace' | 'del', route: Route): string {
  const destination = route.destination.length === 0 ? 'default' : formatPrefix(route.destination);
  const words = ['route', verb, route.type, destination, 'table', String(route.table)];
  words.push('protocol', String(route.protocol));
  if (route.metric !== 0) words.push('metric', String(route.metric));
  // IPv6 has no scope; its listing never shows one.
  if (route.scope !== undefined && route.family === 'ipv4') words.push('scope', String(route.scope));
  if (route.source !== undefined) words.push('src', route.source);
  const [hops, attributes] = [hopWords(route), attributeWords(verb, route)];
  // What stands behind several hops `ip route` would take for a part of the last one.
  words.push(...(route.hops.length > 1 ? [...attributes, ...hops] : [...hops, ...attributes]));
  return words.join(' ');
}

const ATTRIBUTE =
  '(?:mtu|advmss|window|rtt|rttvar|rto_min|ssthresh|cwnd|initcwnd|initrwnd|reordering|hoplimit|features|quickack|' +
  'congctl|fastopen_no_cookie|realms|pref|tos|from|nhid) [\\w.:/]+';
const ATTRIBUTES = new RegExp(`^${ATTRIBUTE}(?: ${ATTRIBUTE})*$`);

/** Whether a route can be added as it was listed. Any can be deleted: `del` may leave attributes out. */
export function isWritableRoute({ attributes }: Route): boolean {
  return attributes === undefined || ATTRIBUTES.test(attributes);
}

/** `tos 0x10` and `from PREFIX` are part of a route's identity, `mtu 1400` is matched by `del` when named. */
function attributeWords(verb: 'add' | 'replace' | 'del', route: Route): readonly string[] {
  const { attributes } = route;
  if (attributes === undefined || isWritableRoute(route)) return attributes?.split(' ') ?? [];
  if (verb !== 'del')
    throw new Error(`ip route cannot be written back, it has unknown attributes: ${attributes}`);
  return (attributes.match(/\b(?:tos|from|nhid) \S+/g) ?? []).flatMap((words) => words.split(' '));
}

function hopWords(route: Route): readonly string[] {
  const [first, ...others] = route.hops;
  // A nexthop object (ip nexthop) has its own hops, and the kernel refuses a route that names both.
  if (first === undefined || /\bnhid /.test(route.attributes ?? '')) return [];
  if (others.length === 0) return oneHop(route, first);
  return route.hops.flatMap((hop) => ['nexthop', ...oneHop(route, hop), 'weight', String(hop.weight ?? 1)]);
}

function oneHop(route: Route, hop: NextHop): readonly string[] {
  const words: string[] = [];
  if (hop.gateway !== undefined) words.push('via', ...gatewayWords(route, hop.gateway));
  if (hop.device !== undefined) words.push('dev', hop.device);
  if (hop.onlink === true) words.push('onlink');
  return words;
}

/** An IPv4 route can have an IPv6 gateway; only then the family is a word of its own. */
function gatewayWords(route: Route, gateway: string): readonly string[] {
  const family = parseAddress(gateway)?.family ?? route.family;
  if (family === route.family) return [gateway];
  return [family === 'ipv4' ? 'inet' : 'inet6', gateway];
}
