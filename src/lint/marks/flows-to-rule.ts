import type { Expression } from '../../kernel/expression.ts';
import type { Statement } from '../../kernel/statement.ts';
import { symbolNumber } from '../../kernel/symbol.ts';
import type { Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';
import { basesOfRule, familiesOf, type RuleAt } from '../all-rules.ts';
import { hostAddresses } from '../flow/host-addresses.ts';
import type { Machine } from '../machine.ts';
import { insideNames, outsideNames } from '../routes/interfaces.ts';

/** A host outside that no connected network has. */
export function farHost({ state }: Machine, family: Family): string {
  return hostAddresses(family, state).visitor;
}

/** The source where a rule names none. */
export const CLIENT: Readonly<Record<Family, string>> = { ipv4: '192.168.77.7', ipv6: 'fd77::7' };

/** Flows made for a rule: what its own matches name, else an ordinary one by every way that leads to its hooks. */
export function flowsToRule(machine: Machine, at: RuleAt): readonly Flow[] {
  const hooks = new Set(basesOfRule(at).map(({ hook }) => hook));
  const wanted = wantedBy(at);
  const received = ['prerouting', 'input', 'forward', 'postrouting'].some((hook) =>
    hooks.has(hook as 'input'),
  );
  const sent = hooks.has('output') || hooks.has('postrouting');
  return familiesOf(at.table)
    .filter((family) => wanted.family === undefined || wanted.family === family)
    .flatMap((family) => {
      const ends = endsOf(machine, family, wanted);
      const protocols = wanted.protocol === undefined ? ['tcp', 'udp'] : [wanted.protocol];
      return protocols.flatMap((protocol): readonly Flow[] => [
        ...(received
          ? arrivals(machine, family, wanted.in).map((name) => ({ family, in: name, ...ends, protocol }))
          : []),
        ...(sent && wanted.in === undefined
          ? [{ family, destination: ends.destination, protocol } satisfies Flow]
          : []),
      ]);
    });
}

function endsOf(
  machine: Machine,
  family: Family,
  wanted: Wanted,
): { readonly source: string; readonly destination: string } {
  const own = (address: string | undefined) =>
    address !== undefined && address.includes(':') === (family === 'ipv6') ? address : undefined;
  return {
    source: own(wanted.source) ?? CLIENT[family],
    destination: own(wanted.destination) ?? farHost(machine, family),
  };
}

function arrivals(machine: Machine, family: Family, named: string | undefined): readonly string[] {
  if (named !== undefined) return [named];
  const names = [insideNames(machine, family)[0], outsideNames(machine, family)[0]];
  const found = names.flatMap((name) => name ?? []);
  return found.length === 0 ? ['lan0'] : found;
}

interface Wanted {
  family?: Family;
  in?: string;
  protocol?: string | number;
  source?: string;
  destination?: string;
}

function wantedBy({ rule }: RuleAt): Wanted {
  const wanted: Wanted = {};
  for (const statement of rule.statements)
    if (statement.kind === 'match' && statement.operator === '==') take(wanted, statement);
  return wanted;
}

function take(wanted: Wanted, { left, right }: Extract<Statement, { kind: 'match' }>): void {
  const value = oneOf(right);
  if (value === undefined) return;
  if (left.kind === 'meta' && left.key === 'iifname') wanted.in = value.replace(/[*+]$/, '0');
  if (left.kind === 'meta' && left.key === 'l4proto') wanted.protocol = value;
  if (left.kind === 'meta' && left.key === 'nfproto') wanted.family = value === 'ipv6' ? 'ipv6' : 'ipv4';
  if (left.kind !== 'payload') return;
  if (left.field === 'saddr') wanted.source = value;
  if (left.field === 'daddr') wanted.destination = value;
  if (left.protocol === 'ip' || left.protocol === 'ip6')
    wanted.family = left.protocol === 'ip' ? 'ipv4' : 'ipv6';
  if (left.field === 'protocol' || left.field === 'nexthdr') wanted.protocol = value;
  if ((left.field === 'dport' || left.field === 'sport') && symbolNumber('inet_proto', left.protocol))
    wanted.protocol = left.protocol;
}

/** One value of what the right side allows. */
function oneOf(right: Expression): string | undefined {
  switch (right.kind) {
    case 'string':
      return right.value;
    case 'number':
      return String(right.value);
    case 'prefix':
      return insideOf(right.prefix.address, right.prefix.length);
    case 'range':
      return oneOf(right.from);
    case 'set':
      return right.elements[0] === undefined ? undefined : oneOf(right.elements[0].key);
    default:
      return undefined;
  }
}

/** A host of the network: the network's own address is nobody's. */
function insideOf(address: string, length: number): string {
  if (address.includes(':')) return length >= 127 || !address.endsWith('::') ? address : `${address}77`;
  return length >= 31 ? address : address.replace(/\d+$/, (last) => String(Number(last) | 1));
}
