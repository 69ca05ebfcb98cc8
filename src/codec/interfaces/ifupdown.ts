import { maskLength, networkOf, type Prefix, parseAddress, parsePrefix } from '../../net/prefix.ts';
import type { Place } from '../shell/place.ts';
import { gatewayHook, type Hook, networkHook } from './hooks.ts';

/** interfaces(5): what begins a stanza. Anything else is an option of the one before. */
const STANZA =
  /^(?:auto|allow-\S+|no-auto-down|no-scripts|iface|mapping|source|source-directory|rename|template)$/;

/** Options whose values are commands, by the phase that ifup runs them in. */
const PHASES = { 'pre-up': /^pre-up$/, 'post-up': /^(?:post-)?up$/ };

/** Those, and the ones on the way down. */
const COMMAND = /^(?:up|down|(?:pre|post)-(?:up|down))$/;

/** `KEY VALUE`, where a backslash at the end of a line has the value go on in the next. */
interface Line {
  readonly key: string;
  readonly value: string;
  readonly valueStart: number;
  readonly place: Place;
}

interface Interface {
  readonly name: string;
  /** `inet`, `inet6`; ifupdown-ng needs none. */
  readonly family: string;
  readonly method: string;
  readonly options: readonly Line[];
}

/** Whether a text is of the kind of /etc/network/interfaces. */
export function isIfupdown(text: string): boolean {
  const [first] = linesOf(text.slice(0, BEGINNING));
  return first !== undefined && STANZA.test(first.key) && /^[ \t]*iface[ \t]+\S/m.test(text);
}

/** Comments before the first stanza are no longer than this. */
const BEGINNING = 16_384;

/** The interfaces that it configures, each with its address family. */
export function ifupdownNames(text: string): readonly string[] {
  return interfacesOf(text).map(({ name, family }) => `${name} ${family}`);
}

/** What ifup has run for the interfaces of a file: the hooks, and between them what makes the routes. */
export function ifupdownHooks(text: string): readonly Hook[] {
  return interfacesOf(text).flatMap((one) => [
    ...hooksOf(one, 'pre-up', text),
    ...routesOf(one),
    ...hooksOf(one, 'post-up', text),
  ]);
}

function hooksOf(one: Interface, phase: keyof typeof PHASES, text: string): readonly Hook[] {
  const variables = environmentOf(one, phase);
  return one.options
    .filter(({ key }) => PHASES[phase].test(key))
    .map(({ valueStart, place }) => ({
      text: text.slice(0, place.end),
      from: valueStart,
      variables,
      isWritten: true,
    }));
}

/** What ifup 0.8 says of an interface; what stands behind an address has an option of its own. */
function environmentOf({ name, family, method, options }: Interface, phase: string): Hook['variables'] {
  const [address, length] = optionOf(options, 'address')?.value.split('/') ?? [];
  const own = options
    .filter(({ key }) => !COMMAND.test(key))
    .map(({ key, value }) => [`IF_${key.toUpperCase().replaceAll('-', '_')}`, value] as const);
  return new Map<string, string | undefined>([
    ...own,
    ...(address === undefined ? [] : [['IF_ADDRESS', address] as const]),
    ...(length === undefined ? [] : [['IF_NETMASK', netmaskOf(family, length)] as const]),
    ['IFACE', name],
    ['LOGICAL', name],
    ['ADDRFAM', family],
    ['METHOD', method],
    ['MODE', 'start'],
    ['PHASE', phase],
  ]);
}

/** A length is written as a mask for IPv4 alone. */
function netmaskOf(family: string, length: string): string | undefined {
  if (family !== 'inet') return length;
  const all = parsePrefix(`255.255.255.255/${length}`);
  return all === undefined ? undefined : networkOf(all).address;
}

/** What comes with an address: the route to its network, and the default route by the gateway. */
function routesOf(one: Interface): readonly Hook[] {
  return one.method === 'static' ? [...networkRoute(one), ...gatewayRoute(one)] : [];
}

function networkRoute({ name, options }: Interface): readonly Hook[] {
  const address = optionOf(options, 'address');
  if (address === undefined || optionOf(options, 'pointopoint') !== undefined) return [];
  const own = prefixOf(address.value, optionOf(options, 'netmask')?.value);
  return networkHook(own, deviceOf(name), address.place);
}

function gatewayRoute({ name, options }: Interface): readonly Hook[] {
  const gateway = optionOf(options, 'gateway');
  if (gateway === undefined) return [];
  const metric = optionOf(options, 'metric');
  const more = metric === undefined ? '' : ` metric ${metric.value}`;
  return gatewayHook(gateway.value, deviceOf(name), gateway.place, more);
}

function optionOf(options: readonly Line[], name: string): Line | undefined {
  return options.find(({ key }) => key === name);
}

/** `eth0:1` is a name for an address of eth0. */
function deviceOf(name: string): string {
  return name.replace(/:.*/, '');
}

/** The netmask may be a length as well. */
function prefixOf(address: string, netmask = ''): Prefix | undefined {
  if (address.includes('/')) return parsePrefix(address);
  const mask = parseAddress(netmask);
  return parsePrefix(`${address}/${mask === undefined ? netmask : maskLength(mask)}`);
}

function interfacesOf(text: string): readonly Interface[] {
  const found: (Interface & { readonly options: Line[] })[] = [];
  let open: Line[] | undefined;
  for (const line of linesOf(text)) {
    if (!STANZA.test(line.key)) {
      open?.push(line);
      continue;
    }
    open = undefined;
    const [name, family = 'inet', method = 'static'] = line.value.split(/\s+/);
    if (line.key !== 'iface' || name === undefined || name === '') continue;
    open = [];
    found.push({ name, family, method, options: open });
  }
  return found;
}

/** Without comments, which stand in lines of their own. */
function linesOf(text: string): readonly Line[] {
  const found: Line[] = [];
  for (const match of text.matchAll(/^[ \t]*([^\s#]\S*)(?:[ \t]+((?:[^\\\n]|\\[^\n]|\\\n)*))?/gm)) {
    const [all, key = '', rest = ''] = match;
    const start = match.index + all.length - all.trimStart().length;
    const end = match.index + all.trimEnd().length;
    const valueStart = match.index + all.length - rest.length;
    found.push({ key, value: rest.trim(), valueStart, place: { start, end } });
  }
  return found;
}
