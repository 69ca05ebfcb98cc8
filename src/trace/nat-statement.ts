import type { Expression } from '../kernel/expression.ts';
import type { Nat } from '../kernel/statement.ts';
import { invert, sameTuple } from './connection.ts';
import { lookUpMap, type Option } from './evaluate-value.ts';
import type { TableIndex } from './index-state.ts';
import { networkStretch, readConstant, readStretch, type Type } from './operand.ts';
import type { Path, Tuple } from './path.ts';
import type { Question } from './question.ts';
import { isQuestion } from './read-term.ts';
import { masqueradeSource } from './select-source.ts';
import { fresh } from './set-statement.ts';
import { addressPoint, isPoint, type Point, type Term, termKey } from './term.ts';
import type { World } from './world.ts';

/** What a translation does; a text when it drops the packet instead. */
export interface Translation {
  readonly text: string;
  readonly change: (path: Path) => string | undefined;
}

/** New address and port of the side; absent ones stay. `drop`: there is nothing to translate to. */
interface Target {
  readonly address?: Term;
  readonly port?: Term;
  readonly drop?: string;
}

/** Undefined: a map has no entry for the packet, and the rule breaks off. */
export function natStatement(
  nat: Nat,
  table: TableIndex,
  path: Path,
  world: World,
): readonly Option<Translation>[] | Question | undefined {
  // The rule of an inet table asks for the family first; nft leaves that out of its listing.
  if (nat.family !== undefined && (nat.family === 'ip6') !== (path.packet.family === 'ipv6'))
    return undefined;
  const targets = targetsOf(nat, table, path, world);
  if (targets === undefined || isQuestion(targets)) return targets;
  const source = nat.type === 'snat' || nat.type === 'masquerade';
  return targets.map(({ value, side }) => {
    const translation: Translation = {
      text: nat.type,
      change: (one) => value.drop ?? setUp(one, source ? 'source' : 'destination', value, nat),
    };
    return side === undefined ? { value: translation } : { value: translation, side };
  });
}

/** Writes the translation to the connection; the packet itself is changed when all nat chains are done. */
function setUp(path: Path, side: 'source' | 'destination', target: Target, nat: Nat): undefined {
  const { connection } = path;
  if (connection === undefined) return undefined;
  const before = invert(connection.reply);
  const after = withTarget(before, side, target);
  const isChanged = !sameTuple(before, after);
  path.connection = {
    ...connection,
    reply: invert(after),
    natDone: { ...connection.natDone, [side]: true },
    translated: { ...connection.translated, [side]: connection.translated[side] || isChanged },
    ...(nat.type === 'masquerade' ? { masqueradedBy: path.packet.oif } : {}),
  };
  return undefined;
}

function withTarget(tuple: Tuple, side: 'source' | 'destination', { address, port }: Target): Tuple {
  const [addressOf, portOf] =
    side === 'source' ? (['saddr', 'sport'] as const) : (['daddr', 'dport'] as const);
  return {
    ...tuple,
    ...(address === undefined ? {} : { [addressOf]: address }),
    ...(port === undefined ? {} : { [portOf]: port }),
  };
}

function targetsOf(
  nat: Nat,
  table: TableIndex,
  path: Path,
  world: World,
): readonly Option<Target>[] | Question | undefined {
  const port = nat.port === undefined ? {} : portTarget(nat, nat.port, table, path, world);
  if (port === undefined) return undefined;
  if (nat.type === 'masquerade') return [{ value: { ...masquerade(path, world), ...port } }];
  if (nat.type === 'redirect') return [{ value: { ...redirect(path, world), ...port } }];
  if (nat.address === undefined) return [{ value: port }];
  if (nat.address.kind !== 'map')
    return [{ value: { ...addressTarget(nat, nat.address, path, world), ...port } }];
  const found = lookUpMap(nat.address.key, nat.address.map, table, path, world);
  if (found === undefined || isQuestion(found)) return found;
  const options = found.flatMap(({ value: element, side }) => {
    if (element?.value === undefined) return [];
    const value = { ...addressTarget(nat, element.value, path, world), ...port };
    return [side === undefined ? { value } : { value, side }];
  });
  return options.length === 0 ? undefined : options;
}

/** The address of the interface it leaves by; with none known, some address of it (kernel-facts 6.1). */
function masquerade(path: Path, world: World): Target {
  const { packet, route } = path;
  const gateway = route?.kind === 'unicast' ? route.gateway : undefined;
  const device = packet.oif;
  const source =
    typeof device === 'string'
      ? masqueradeSource(world.index, packet.family, device, gateway, packet.daddr)
      : undefined;
  if (source !== undefined) return { address: source };
  if (world.index.addresses(packet.family).length > 0 && typeof device === 'string')
    return { drop: `${device} has no address to masquerade with` };
  // The same address for every connection that leaves by it.
  return { address: { kind: 'variable', id: `address of ${termKey(device)}`, domain: packet.family } };
}

/** The first address of the interface it came in by; for the machine's own packets the loopback address. */
function redirect({ packet, hook }: Path, world: World): Target {
  const loopback = packet.family === 'ipv4' ? '127.0.0.1' : '::1';
  const own = world.index
    .addresses(packet.family)
    .find((each) => each.device === packet.iif && (packet.family === 'ipv4' || each.scope === 0));
  const text = hook === 'output' ? loopback : own?.address;
  const point = text === undefined ? undefined : addressPoint(text, packet.family);
  if (point !== undefined) return { address: point };
  if (world.index.addresses(packet.family).length > 0)
    return { drop: `${packet.iif} has no address to redirect to` };
  return { address: fresh(world, `address of ${packet.iif}`, packet.family) };
}

/** One address, some address of a range, the same host in another prefix, or an address with its port. */
function addressTarget(nat: Nat, expression: Expression, path: Path, world: World): Target {
  if (expression.kind === 'concat') {
    const [address, port] = expression.parts;
    return {
      ...(address === undefined ? {} : addressTarget(nat, address, path, world)),
      ...(port === undefined ? {} : { port: pick(port, PORT, currentPort(nat, path), world, 'port') }),
    };
  }
  const { family } = path.packet;
  const type: Type = { domain: family, datatype: '' };
  const current = nat.type === 'snat' ? path.packet.saddr : path.packet.daddr;
  if (nat.prefix === true && expression.kind === 'prefix')
    return { address: mapHost(expression.prefix.address, expression.prefix.length, current, path, world) };
  return { address: pick(expression, type, nat.type === 'snat' ? current : undefined, world, nat.type) };
}

const PORT: Type = { domain: 'u16', datatype: 'inet_service' };

function currentPort(nat: Nat, path: Path): Term {
  return nat.type === 'snat' || nat.type === 'masquerade' ? path.packet.sport : path.packet.dport;
}

/** Of a range: the value it has already, where that is in it, else one nobody can tell. */
function pick(
  expression: Expression,
  type: Type,
  current: Term | undefined,
  world: World,
  text: string,
): Term {
  const stretch = readStretch(expression, type);
  if (stretch === undefined) return fresh(world, text, type.domain);
  const [first, last] = stretch;
  if (first === last) return first;
  if (current !== undefined && isPoint(current) && current >= first && current <= last) return current;
  world.variables += 1;
  return { kind: 'variable', id: `${text} ${world.variables}`, domain: type.domain, universe: stretch };
}

/** The prefix is replaced, the rest of the address stays (NETMAP, `prefix to`). */
function mapHost(address: string, length: number, current: Term, path: Path, world: World): Term {
  const { family } = path.packet;
  const network = addressPoint(address, family);
  if (network === undefined || !isPoint(current)) return fresh(world, 'mapped', family);
  return replaceNetwork(network, length, current);
}

function replaceNetwork(network: Point, length: number, host: Point): Point {
  const [first] = networkStretch(network, length);
  const [own] = networkStretch(host, length);
  if (typeof first === 'number' && typeof host === 'number' && typeof own === 'number')
    return first + host - own;
  const moved = BigInt(`0x${first}`) + BigInt(`0x${host}`) - BigInt(`0x${own}`);
  return moved.toString(16).padStart(32, '0');
}

function portTarget(
  nat: Nat,
  port: Expression,
  table: TableIndex,
  path: Path,
  world: World,
): Target | undefined {
  if (port.kind !== 'map') return { port: pick(port, PORT, currentPort(nat, path), world, 'port') };
  const found = lookUpMap(port.key, port.map, table, path, world);
  if (found === undefined || isQuestion(found)) return undefined;
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) return { port: fresh(world, 'port', 'u16') };
  if (only.value?.value === undefined) return undefined;
  const point = readConstant(only.value.value, PORT);
  return { port: point ?? fresh(world, 'port', 'u16') };
}
