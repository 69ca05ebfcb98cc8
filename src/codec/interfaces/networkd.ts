import { FAMILIES, type Family, familyOfAddress } from '../../net/family.ts';
import { parseAddress, parsePrefix } from '../../net/prefix.ts';
import type { Place } from '../shell/place.ts';
import { beginsWithSection } from '../text-lines.ts';
import { gatewayHook, type Hook, ipHook, networkHook, tosWords, wordsFor } from './hooks.ts';

/** systemd.network(5): a section, which may come several times. */
interface Section {
  readonly name: string;
  /** From its name to its last entry. */
  readonly place: Place;
  readonly entries: readonly Entry[];
}

interface Entry {
  readonly key: string;
  readonly value: string;
  readonly place: Place;
}

/** Keys of [RoutingPolicyRule] with the words of `ip rule add`; what a rule does, and by which family, is asked apart. */
const RULE_WORDS = {
  From: 'from',
  To: 'to',
  FirewallMark: 'fwmark',
  IncomingInterface: 'iif',
  OutgoingInterface: 'oif',
  SourcePort: 'sport',
  DestinationPort: 'dport',
  IPProtocol: 'ipproto',
  User: 'uidrange',
  Priority: 'pref',
  Table: 'table',
  GoTo: 'goto',
  SuppressPrefixLength: 'suppress_prefixlength',
  SuppressInterfaceGroup: 'suppress_ifgroup',
};

/** Whether a text is a `.network` file of systemd-networkd. */
export function isNetworkd(text: string): boolean {
  return (
    beginsWithSection(text) &&
    /^\[Match\][ \t]*\r?$/m.test(text) &&
    /^\[(?:Network|Route|RoutingPolicyRule)\][ \t]*\r?$/m.test(text)
  );
}

/** The names of the interfaces that it is for, as it says them. */
export function networkdName(text: string): string {
  return nameIn(sectionsOf(text));
}

/** What networkd sets up for an interface, as the commands of ip that would. */
export function networkdHooks(text: string): readonly Hook[] {
  const sections = sectionsOf(text);
  const name = nameIn(sections);
  // Patterns, lists of names and exceptions do not say which interface it is.
  const device = /^[^\s*?![\]]+$/.test(name) ? name : undefined;
  return sections.flatMap((section) => {
    if (section.name === 'RoutingPolicyRule') return ruleHooks(section);
    return device === undefined ? [] : routeHooks(section, device);
  });
}

function nameIn(sections: readonly Section[]): string {
  const [match] = sections.filter(({ name }) => name === 'Match');
  return match === undefined ? '' : (valueIn(match, 'Name') ?? '');
}

function ruleHooks(section: Section): readonly Hook[] {
  const type = valueIn(section, 'Type') ?? 'table';
  const all = [
    ...(isTrue(valueIn(section, 'InvertRule')) ? ['not'] : []),
    ...wordsOf(section, RULE_WORDS),
    ...tosWords(valueIn(section, 'TypeOfService')),
    ...(isTrue(valueIn(section, 'L3MasterDevice')) ? ['l3mdev'] : []),
    ...(type === 'table' || type === 'goto' ? [] : [type]),
  ];
  return familiesOf(section).map((family) => hook(section, family, `rule add ${all.join(' ')}`));
}

/** Without a word about it that of its addresses, and IPv4's where it has none. */
function familiesOf(section: Section): readonly Family[] {
  const said = valueIn(section, 'Family');
  if (said === 'both') return FAMILIES;
  const address = valueIn(section, 'From') ?? valueIn(section, 'To') ?? '';
  return [said === 'ipv6' ? said : familyOfAddress(address)];
}

function routeHooks(section: Section, device: string): readonly Hook[] {
  switch (section.name) {
    case 'Route':
      return routeHook(section, device);
    case 'Network':
    case 'Address':
      return section.entries.flatMap((entry) => addressHook(entry, device));
    case 'DHCPv4':
      return askedRouteHook(section, 'ipv4', device);
    case 'DHCPv6':
    case 'IPv6AcceptRA':
      return askedRouteHook(section, 'ipv6', device);
    default:
      return [];
  }
}

function routeHook(section: Section, device: string): readonly Hook[] {
  const asked = valueIn(section, 'Gateway');
  const gateway = parseAddress(asked ?? '');
  const destination = valueIn(section, 'Destination');
  const address = gateway?.address ?? destination ?? (asked === '_ipv6ra' ? '::' : '');
  const type = valueIn(section, 'Type');
  const words = [
    ...(type === undefined ? [] : [type]),
    destination ?? 'default',
    ...(gateway === undefined ? [] : ['via', gateway.address]),
    ...(type === undefined || type === 'unicast' ? ['dev', device] : []),
    ...wordsOf(section, { PreferredSource: 'src', Metric: 'metric', Table: 'table' }),
  ];
  return [hook(section, familyOfAddress(address), `route add ${words.join(' ')}`)];
}

function addressHook({ key, value, place }: Entry, device: string): readonly Hook[] {
  if (key === 'Gateway') return gatewayHook(value, device, place);
  return key === 'Address' ? networkHook(parsePrefix(value), device, place) : [];
}

/** Routes that a server or a router gives stand in the table that is said for them; where they lead is the gateway's secret. */
function askedRouteHook(section: Section, family: Family, device: string): readonly Hook[] {
  if (valueIn(section, 'RouteTable') === undefined) return [];
  const words = wordsOf(section, { RouteTable: 'table', RouteMetric: 'metric' });
  return [hook(section, family, `route add default dev ${device} ${words.join(' ')}`)];
}

function wordsOf(section: Section, words: Readonly<Record<string, string>>): readonly string[] {
  return wordsFor(words, (key) => valueIn(section, key));
}

/** Policy rules and their tables are what the file is read for. */
function hook({ place }: Section, family: Family, command: string): Hook {
  return ipHook(family, command, place, /^rule | table /.test(command));
}

function isTrue(value: string | undefined): boolean {
  return /^(?:1|y|yes|t|true|on)$/i.test(value ?? '');
}

/** The last one counts. */
function valueIn({ entries }: Section, key: string): string | undefined {
  const value = entries.findLast((entry) => entry.key === key)?.value;
  return value === '' ? undefined : value;
}

function sectionsOf(text: string): readonly Section[] {
  const found: { name: string; place: Place; entries: Entry[] }[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const written = line.trim();
    const from = start + line.indexOf(written);
    const place = { start: from, end: from + written.length };
    start += line.length + 1;
    const open = found.at(-1);
    if (written.startsWith('[')) found.push({ name: written.slice(1, -1), place, entries: [] });
    else if (open !== undefined && /^[^#;=]+=/.test(written)) {
      const at = written.indexOf('=');
      open.entries.push({ key: written.slice(0, at).trim(), value: written.slice(at + 1).trim(), place });
      open.place = { ...open.place, end: place.end };
    }
  }
  return found;
}
