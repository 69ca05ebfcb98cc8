import { formatMark } from '../net/mark.ts';
import { formatPrefix, parseAddress } from '../net/prefix.ts';
import {
  KERNEL_TABLES,
  type NextHop,
  type PolicyRule,
  type Route,
  type RuleAction,
  type RuleSelector,
} from './routing.ts';

type TableNames = ReadonlyMap<number, string>;

/** The words of a policy rule as `ip rule` lists them: `11001: from all fwmark 0x1000000/0xff000000 lookup 8701`. */
export function policyRuleWords(
  { priority, selector, action }: PolicyRule,
  tableNames: TableNames = KERNEL_TABLES,
): string {
  return [`${priority}:`, ...selectorWords(selector), ...actionWords(action, tableNames)].join(' ');
}

function selectorWords(selector: RuleSelector): readonly string[] {
  const { not, from, to, tos, fwmark, unknown } = selector;
  return [
    ...(not === true ? ['not'] : []),
    ...named('from', from === undefined ? 'all' : formatPrefix(from)),
    ...named('to', to && formatPrefix(to)),
    ...named('tos', tos === undefined ? undefined : `0x${tos.toString(16)}`),
    ...named('fwmark', fwmark && formatMark(fwmark)),
    ...named('iif', selector.iif),
    ...named('oif', selector.oif),
    ...named('uidrange', selector.uidRange),
    ...named('ipproto', selector.ipProtocol),
    ...named('sport', selector.sourcePort),
    ...named('dport', selector.destinationPort),
    ...(unknown === undefined ? [] : [unknown]),
  ];
}

function actionWords(action: RuleAction, tableNames: TableNames): readonly string[] {
  switch (action.kind) {
    case 'lookup':
      return [
        ...named('lookup', tableNames.get(action.table) ?? action.table),
        ...named('suppress_prefixlength', action.suppressPrefixLength),
        ...named('suppress_ifgroup', action.suppressGroup),
        ...named('realms', action.realms),
      ];
    case 'goto':
      return named('goto', action.priority);
    case 'unreachable':
    case 'blackhole':
    case 'prohibit':
    case 'nop':
      return [action.kind];
  }
}

/**
 * The words of a route as `ip route show table all` lists them, without its owner and scope:
 * `default via 192.0.2.1 dev wan0 table 8701 mtu 1400`.
 */
export function routeWords(route: Route): string {
  const { type, destination, hops, table, source, metric, attributes } = route;
  const [first, ...others] = hops;
  const several = others.length > 0 ? hops : [];
  return [
    ...(type === 'unicast' ? [] : [type]),
    destination.length === 0 ? 'default' : formatPrefix(destination),
    ...(first === undefined || others.length > 0 ? [] : hopWords(route, first)),
    ...named('table', KERNEL_TABLES.get(table) ?? table),
    ...named('src', source),
    ...named('metric', metric === 0 ? undefined : metric),
    ...(attributes === undefined ? [] : [attributes]),
    ...several.flatMap((hop) => ['nexthop', ...hopWords(route, hop), ...named('weight', hop.weight ?? 1)]),
  ].join(' ');
}

/** Only a gateway of the other family has the word for its own. */
function hopWords({ family }: Route, { gateway, device, onlink }: NextHop): readonly string[] {
  const other = gateway === undefined ? family : (parseAddress(gateway)?.family ?? family);
  const via = other === family ? 'via' : `via ${other === 'ipv6' ? 'inet6' : 'inet'}`;
  return [...named(via, gateway), ...named('dev', device), ...(onlink === true ? ['onlink'] : [])];
}

function named(word: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`${word} ${value}`];
}
