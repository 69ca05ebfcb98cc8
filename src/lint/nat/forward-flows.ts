import type { Expression } from '../../kernel/expression.ts';
import type { Rule } from '../../kernel/netfilter.ts';
import type { Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';
import { hostAddresses } from '../flow/host-addresses.ts';
import { isAmong } from '../flow/mark-exits.ts';
import type { Machine } from '../machine.ts';
import { exampleName } from './leaving.ts';

/**
 * Connections from outside that the forward is for, by this uplink, one of each protocol; none: it is not for this
 * uplink.
 */
export function forwardFlows(machine: Machine, rule: Rule, family: Family, wan: string): readonly Flow[] {
  const asked = askedOf(rule);
  const ins = asked.get('iifname') ?? asked.get('iif');
  if (ins !== undefined && !ins.some((name) => isAmong(name, [wan]) || isAmong(wan, [name]))) return [];
  const side = family === 'ipv4' ? 'ip' : 'ip6';
  const own = machine.state.addresses.filter((one) => one.family === family && one.scope === 0);
  const wanted = asked.get(`${side} daddr`)?.[0];
  const mine = own.find((one) => isAmong(one.device, [wan]))?.address;
  // An address of another interface is asked for there.
  const owner = own.find((one) => one.address === wanted);
  if (owner !== undefined && !isAmong(owner.device, [wan])) return [];
  const destination = wanted ?? mine ?? hostAddresses(family).own(0);
  const protocols = asked.get('l4proto') ?? PORTED.filter((name) => asked.has(`${name} dport`));
  return (protocols.length > 0 ? protocols : PORTED).map((protocol): Flow => {
    const portOf = (field: string) =>
      Number(asked.get(`${protocol} ${field}`)?.[0] ?? asked.get(`th ${field}`)?.[0]);
    const [port, client] = [portOf('dport'), portOf('sport')];
    return {
      family,
      in: exampleName(wan),
      source: asked.get(`${side} saddr`)?.[0] ?? hostAddresses(family, machine.state).visitor,
      destination,
      protocol,
      sourcePort: Number.isInteger(client) ? client : CLIENT_PORT,
      ...(Number.isInteger(port) ? { destinationPort: port } : {}),
    };
  });
}

/**
 * Of the ports that kernels take for clients (RFC 6335: 49152 and above), so that no rule is for the reply's
 * destination port.
 */
const CLIENT_PORT = 51234;

/** Protocols of which services are known by their ports. */
const PORTED = ['tcp', 'udp'];

/** The values a rule asks for, by what it asks. Negations say what it is not for, and are left to the trace. */
export function askedOf({ statements }: Rule): ReadonlyMap<string, readonly string[]> {
  const asked = new Map<string, readonly string[]>();
  for (const statement of statements) {
    if (statement.kind !== 'match' || statement.operator !== '==') continue;
    const { left, right } = statement;
    const name =
      left.kind === 'meta'
        ? left.key
        : left.kind === 'payload'
          ? `${left.protocol} ${left.field}`
          : undefined;
    const values = valuesOf(right);
    if (name !== undefined && values.length > 0) asked.set(name, values);
  }
  return asked;
}

/** One value of each: the first of a range, a host of a prefix. */
function valuesOf(right: Expression): readonly string[] {
  switch (right.kind) {
    case 'string':
      return [right.value];
    case 'number':
      return [String(right.value)];
    case 'prefix':
      return [right.prefix.address];
    case 'range':
      return valuesOf(right.from);
    case 'set':
      return right.elements.flatMap(({ key }) => valuesOf(key));
    default:
      return [];
  }
}
