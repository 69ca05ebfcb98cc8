import type { Expression } from '../kernel/expression.ts';
import type { Statement } from '../kernel/statement.ts';
import { markOptions } from './evaluate-value.ts';
import type { TableIndex } from './index-state.ts';
import { readConstant } from './operand.ts';
import { changeOptions, type Options } from './options.ts';
import type { Packet, Path } from './path.ts';
import type { Question } from './question.ts';
import { hasTemplate } from './read-connection.ts';
import { isQuestion, readerOf } from './read-term.ts';
import type { Mark, Term } from './term.ts';
import type { World } from './world.ts';

/** What a statement changes, in words and in deed. */
export interface Change {
  readonly text: string;
  readonly inert: boolean;
  readonly change: (path: Path) => void;
}

type SetStatement = Extract<Statement, { kind: 'set' }>;

/** Writes to these never change where a packet goes. */
const INERT_META: ReadonlySet<string> = new Set(['priority', 'nftrace', 'pkttype', 'secmark']);
const INERT_CT: ReadonlySet<string> = new Set([
  'label',
  'helper',
  'timeout',
  'event',
  'expectation',
  'secmark',
]);

const FIELDS: Readonly<Record<string, keyof Packet>> = {
  saddr: 'saddr',
  daddr: 'daddr',
  sport: 'sport',
  dport: 'dport',
  dscp: 'dscp',
};

/** A change for each value, none where a map has none; a text where it is not known what the statement does. */
export function setStatement(
  { target, value }: SetStatement,
  table: TableIndex,
  path: Path,
  world: World,
): Options<Change | string | undefined> | Question | undefined {
  if (target.kind === 'meta' && target.key === 'mark')
    return changes(markOptions(value, table, path, world), (mark) => ({
      text: 'mark',
      inert: false,
      change: (one) => {
        one.packet = { ...one.packet, mark };
      },
    }));
  if (target.kind === 'ct' && target.key === 'mark')
    return changes(markOptions(value, table, path, world), (mark) => setConnmark(path, mark));
  if (target.kind === 'ct' && !INERT_CT.has(target.key)) return [{ value: `ct ${target.key} is set` }];
  // The rule of an inet table says first which protocol it writes to; nft leaves that out of its listing.
  if (target.kind === 'payload' && readerOf(target, table).read(path, world) === undefined) return undefined;
  if (target.kind === 'payload') return [{ value: setField(target, value, table, path, world) }];
  const known = target.kind !== 'meta' || INERT_META.has(target.key);
  const text = 'key' in target ? `${target.kind} ${target.key}` : target.kind;
  return [{ value: known ? { text, inert: true, change: () => undefined } : `${text} is set` }];
}

function changes(
  options: Options<Mark | undefined> | Question | undefined,
  change: (mark: Mark) => Change,
): Options<Change | undefined> | Question | undefined {
  return options === undefined || isQuestion(options) ? options : changeOptions(options, change);
}

/** Without an entry nothing is written, and the rule goes on (kernel-facts 4.1, 4.2). */
function setConnmark(path: Path, mark: Mark): Change {
  if (hasTemplate(path)) {
    const change = (one: Path) => {
      one.templateIsMarked = true;
    };
    return { text: 'connmark of what CT gives to packets', inert: true, change };
  }
  if (path.connection === undefined)
    return { text: 'connmark: no entry to write to', inert: true, change: () => undefined };
  return {
    text: 'connmark',
    inert: false,
    change: (one) => {
      if (one.connection !== undefined) one.connection = { ...one.connection, mark };
    },
  };
}

/** Addresses, ports and dscp are followed; other fields of the packet decide nothing. */
function setField(
  target: Extract<Expression, { kind: 'payload' }>,
  value: Expression,
  table: TableIndex,
  path: Path,
  world: World,
): Change | string {
  const text = `${target.protocol} ${target.field}`;
  if (text === 'ip6 hoplimit') return setHopLimit(value);
  const field = target.protocol === 'ether' ? undefined : FIELDS[target.field];
  if (field === undefined) return { text, inert: true, change: () => undefined };
  const { type } = readerOf(target, table);
  const constant = readConstant(value, type);
  const read = constant ?? readerOf(value, table).read(path, world);
  if (read === undefined || isQuestion(read)) return `${text} is set`;
  const term: Term = typeof read === 'object' ? fresh(world, text, type.domain) : read;
  return {
    text,
    inert: false,
    change: (one) => {
      one.packet = { ...one.packet, [field]: term };
    },
  };
}

/** It makes a chain of OUTPUT route again (nf_route_table_hook6). */
function setHopLimit(value: Expression): Change {
  const change = (one: Path) => {
    if (one.packet.hopLimit !== undefined && value.kind === 'number')
      one.packet = { ...one.packet, hopLimit: value.value };
  };
  return { text: 'ip6 hoplimit', inert: true, change };
}

export function fresh(world: World, text: string, domain: Parameters<typeof makeVariable>[1]): Term {
  world.variables += 1;
  return makeVariable(`${text} ${world.variables}`, domain);
}

function makeVariable(id: string, domain: 'ipv4' | 'ipv6' | 'text' | 'u6' | 'u8' | 'u16' | 'u32'): Term {
  return { kind: 'variable', id, domain };
}
