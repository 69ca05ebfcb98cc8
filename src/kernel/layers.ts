import type { Expression } from './expression.ts';
import type { NetfilterFamily } from './netfilter.ts';
import type { Statement } from './statement.ts';
import { symbolNumber } from './symbol.ts';

/** `nfproto` and `l4proto` numbers that must hold. More than one of a kind never matches, but may be written. */
export interface Layers {
  readonly network: readonly number[];
  readonly transport: readonly number[];
}

const IPV4 = 2;
const IPV6 = 10;
const ICMP = 1;
const ICMPV6 = 58;
const TCP = 6;

export const NO_LAYERS: Layers = { network: [], transport: [] };

/** What every packet of a table of this family is. */
export function familyLayers(family: NetfilterFamily): Layers {
  if (family === 'ip') return { network: [IPV4], transport: [] };
  return family === 'ip6' ? { network: [IPV6], transport: [] } : NO_LAYERS;
}

export function joinLayers(layers: readonly Layers[]): Layers {
  return withNetworkOfIcmp({
    network: [...new Set(layers.flatMap((one) => one.network))],
    transport: [...new Set(layers.flatMap((one) => one.transport))],
  });
}

/** nft takes ICMP for IPv4 and ICMPv6 for IPv6, and leaves `meta nfproto` before them out of its listing. */
function withNetworkOfIcmp({ network, transport }: Layers): Layers {
  const implied = [
    ...(transport.includes(ICMP) ? [IPV4] : []),
    ...(transport.includes(ICMPV6) ? [IPV6] : []),
  ];
  return { network: [...new Set([...network, ...implied])].sort((a, b) => a - b), transport };
}

/** What the headers a statement reads or writes need before them. */
export function layersOf(statement: Statement): Layers {
  switch (statement.kind) {
    case 'match':
      return layersRead([statement.left, statement.right]);
    case 'set':
      return layersRead([statement.target, statement.value]);
    case 'vmap':
      return layersRead([statement.key]);
    case 'nat':
      return layersRead([statement.address, statement.port]);
    case 'set-update':
      return layersRead([statement.element, statement.value]);
    case 'reject':
      return rejectLayers(statement.with ?? '');
    default:
      return NO_LAYERS;
  }
}

function rejectLayers(words: string): Layers {
  if (words === 'tcp reset') return { network: [], transport: [TCP] };
  if (words.startsWith('icmp ')) return { network: [IPV4], transport: [] };
  return words.startsWith('icmpv6 ') ? { network: [IPV6], transport: [] } : NO_LAYERS;
}

function layersRead(expressions: readonly (Expression | undefined)[]): Layers {
  return joinLayers(expressions.map((one) => (one === undefined ? NO_LAYERS : layersOfExpression(one))));
}

function layersOfExpression(expression: Expression): Layers {
  switch (expression.kind) {
    case 'payload':
      return protocolLayers(expression.protocol);
    case 'tcp-option':
      return { network: [], transport: [TCP] };
    case 'concat':
    case 'either':
      return layersRead(expression.parts);
    case 'binary':
      return layersRead([expression.left, expression.right]);
    case 'map':
      return layersRead([expression.key]);
    case 'hash':
      return layersRead([expression.of]);
    default:
      return NO_LAYERS;
  }
}

function protocolLayers(protocol: string): Layers {
  if (protocol === 'ip') return { network: [IPV4], transport: [] };
  if (protocol === 'ip6') return { network: [IPV6], transport: [] };
  const transport = symbolNumber('inet_proto', protocol);
  return transport === undefined ? NO_LAYERS : { network: [], transport: [transport] };
}
