import {
  gatewayHook,
  type Hook,
  ipHook,
  networkHook,
  tosWords,
  wordsFor,
} from '../../codec/interfaces/hooks.ts';
import { readYaml } from '../../config/yaml.ts';
import { child, itemsOf, textAt, type YamlMap, type YamlNode } from '../../config/yaml-node.ts';
import { familyOfAddress } from '../../net/family.ts';
import { parsePrefix } from '../../net/prefix.ts';

/** Keys of netplan's YAML with the words of `ip rule add` and `ip route add`. */
const RULE_WORDS = {
  from: 'from',
  to: 'to',
  mark: 'fwmark',
  priority: 'pref',
  table: 'table',
};
const ROUTE_WORDS = { via: 'via', from: 'src', metric: 'metric', table: 'table' };

/** Other YAML is not read to find that out. */
const SIGNS = [/^network[ \t]*:/m, /^[ \t]+(?:routing-policy|routes)[ \t]*:/m];

interface Device {
  /** Unknown where it is matched by something else. */
  readonly name: string | undefined;
  readonly settings: YamlMap;
}

/** What netplan sets up, as the commands of ip that would; undefined for another text. */
export function netplanHooks(text: string, file: string): readonly Hook[] | undefined {
  return devicesOf(text, file)?.flatMap(({ name, settings }) => [
    ...(name === undefined ? [] : routeHooks(settings, name)),
    ...mapsAt(settings, 'routing-policy').map(ruleHook),
  ]);
}

function routeHooks(settings: YamlMap, name: string): readonly Hook[] {
  return [
    ...itemsOf(child(settings, 'addresses')).flatMap((node) =>
      networkHook(parsePrefix(addressOf(node)), name, node.span),
    ),
    ...['gateway4', 'gateway6'].flatMap((key) => {
      const gateway = textAt(settings, key);
      return gateway === undefined ? [] : gatewayHook(gateway.value, name, gateway.span);
    }),
    ...mapsAt(settings, 'routes').flatMap((route) => routeHook(route, name)),
  ];
}

/** The interfaces that it configures. */
export function netplanNames(text: string): readonly string[] {
  return (devicesOf(text) ?? []).flatMap(({ name }) => name ?? []);
}

function devicesOf(text: string, file = ''): readonly Device[] | undefined {
  if (!SIGNS.every((sign) => sign.test(text))) return undefined;
  const network = child(readYaml(file, text).root, 'network');
  if (network?.kind !== 'map') return undefined;
  return network.entries.flatMap(({ value: kind }) =>
    kind.kind !== 'map'
      ? []
      : kind.entries.flatMap(({ key, value: settings }) =>
          settings.kind === 'map' ? [{ name: deviceName(key.value, settings), settings }] : [],
        ),
  );
}

/** What an interface is matched by says nothing of its name, but for the one it is given. */
function deviceName(id: string, settings: YamlMap): string | undefined {
  return child(settings, 'match') === undefined ? id : textAt(settings, 'set-name')?.value;
}

/** As a key where it has settings of its own. */
function addressOf(node: YamlNode): string {
  return node.kind === 'map' ? (node.entries[0]?.key.value ?? '') : textOf(node);
}

function textOf(node: YamlNode): string {
  return node.kind === 'scalar' ? node.text : '';
}

function mapsAt(settings: YamlMap, key: string): readonly YamlMap[] {
  return itemsOf(child(settings, key)).filter((item) => item.kind === 'map');
}

function routeHook(route: YamlMap, device: string): readonly Hook[] {
  const to = textAt(route, 'to')?.value;
  if (to === undefined) return [];
  const type = textAt(route, 'type')?.value ?? 'unicast';
  const words = [...(type === 'unicast' ? [to, 'dev', device] : [type, to]), ...wordsOf(route, ROUTE_WORDS)];
  const hasTable = child(route, 'table') !== undefined;
  const family = familyOfAddress(textAt(route, 'via')?.value ?? to);
  return [ipHook(family, `route add ${words.join(' ')}`, route.span, hasTable)];
}

function ruleHook(rule: YamlMap): Hook {
  const address = textAt(rule, 'from')?.value ?? textAt(rule, 'to')?.value ?? '';
  const words = [...wordsOf(rule, RULE_WORDS), ...tosWords(textAt(rule, 'type-of-service')?.value)];
  return ipHook(familyOfAddress(address), `rule add ${words.join(' ')}`, rule.span, true);
}

function wordsOf(node: YamlMap, words: Readonly<Record<string, string>>): readonly string[] {
  return wordsFor(words, (key) => textAt(node, key)?.value);
}
