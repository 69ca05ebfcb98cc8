import type { Expression } from '../kernel/expression.ts';
import type { Hook } from '../kernel/netfilter.ts';
import type { Family } from '../net/family.ts';
import { type Assumptions, conditionOf, NO_ASSUMPTIONS, type Supposition, suppose } from './assumption.ts';
import type { Connection } from './connection.ts';
import type { Flow } from './flow.ts';
import type { Mark, PartialWord, Term, Variable } from './term.ts';
import type {
  Condition,
  ConntrackState,
  Disposition,
  PacketTrace,
  RouteResult,
  RuleRef,
  Step,
} from './trace.ts';

/** The packet where it is now. */
export interface Packet {
  readonly family: Family;
  readonly protocol: number;
  readonly saddr: Term;
  readonly daddr: Term;
  readonly sport: Term;
  readonly dport: Term;
  readonly dscp: Term;
  /** Of what this machine sends in IPv6; whether it has been changed is all that is asked of it. */
  readonly hopLimit?: number;
  readonly mac: Term | undefined;
  readonly length: Term;
  readonly tcpFlags: number;
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly mark: Mark;
  /** Empty where the packet has none yet. */
  readonly iif: string;
  /** A variable where the state has no routes. */
  readonly oif: string | Variable;
  /** Sent by this machine: the socket's owner can be asked for. */
  readonly local: boolean;
  /** The tuple inside an ICMP error. */
  readonly about?: Tuple;
}

export interface Tuple {
  readonly saddr: Term;
  readonly daddr: Term;
  readonly sport: Term;
  readonly dport: Term;
}

/** A list that paths share: newest first. */
export interface Chained<T> {
  readonly item: T;
  readonly before: Chained<T> | undefined;
}

/** What happens to one packet of the flow, and what is carried to the next. Changed in place; `fork` copies. */
export interface Path {
  packet: Packet;
  hook: Hook;
  state: ConntrackState;
  /** A rule has said what its entry shall have (CT --helper): it is tracked, whatever rules say later (xt_ct_target). */
  template: boolean;
  /** A rule has marked what CT gave to a packet; it is one for all packets, so that nobody knows its mark any more. */
  templateIsMarked: boolean;
  /**
   * A program has had it in the chain it is in; nft routes nothing again then, the legacy chains do
   * (nf_route_table_hook4).
   */
  queued: boolean;
  direction: 'original' | 'reply';
  connection: Connection | undefined;
  /** Confirmed connections of this flow. */
  connections: readonly Connection[];
  /** What packets of this flow put into sets, by set, newest last. */
  updates: readonly SetUpdate[];
  route: RouteResult | undefined;
  /** Where a re-route in OUTPUT leads: the rules still to come there see the device of before (nf_hook_state). */
  exit: Packet['oif'] | undefined;
  assumptions: Assumptions;
  weight: number;
  conditions: Chained<Condition> | undefined;
  steps: Chained<Step> | undefined;
  /** Packets that are done. */
  packets: readonly PacketTrace[];
  /** Equal for paths whose packets ended the same way, with the same marks. */
  history: string;
  /** The first packet as it left, or as it was delivered. */
  sent: Packet | undefined;
  /** Where this packet ended; absent: it is still on its way. */
  end: Disposition | undefined;
  readonly flow: Flow;
}

export interface SetUpdate {
  readonly set: string;
  readonly key: string;
  readonly present: boolean;
  /** What a map gives for the key from then on. */
  readonly value?: Expression;
}

export function newPath(flow: Flow, packet: Packet): Path {
  return {
    packet,
    hook: 'prerouting',
    state: 'none',
    template: false,
    templateIsMarked: false,
    queued: false,
    direction: 'original',
    connection: undefined,
    connections: [],
    updates: [],
    route: undefined,
    exit: undefined,
    assumptions: NO_ASSUMPTIONS,
    weight: 1,
    conditions: undefined,
    steps: undefined,
    packets: [],
    history: '',
    sent: undefined,
    end: undefined,
    flow,
  };
}

/** A copy that supposes one side of a fork. */
export function fork(path: Path, side: Supposition, rule?: RuleRef): Path {
  const copy: Path = { ...path };
  copy.assumptions = suppose(path.assumptions, side);
  copy.conditions = { item: conditionOf(side, rule, path.packets.length), before: path.conditions };
  if (side.weight !== undefined) copy.weight = path.weight * side.weight;
  if (side.bits !== undefined) learnBits(copy, side.bits);
  return copy;
}

function learnBits(path: Path, bits: NonNullable<Supposition['bits']>): void {
  const learn = (mark: Mark): Mark => {
    if (typeof mark === 'number' || mark.origin !== bits.origin) return mark;
    const unknown = (mark.unknown & ~bits.mask) >>> 0;
    const value = (mark.value | (bits.value & bits.mask & mark.unknown)) >>> 0;
    return unknown === 0 ? value : ({ ...mark, value, unknown } satisfies PartialWord);
  };
  path.packet = { ...path.packet, mark: learn(path.packet.mark) };
  if (path.connection !== undefined)
    path.connection = { ...path.connection, mark: learn(path.connection.mark) };
}

export function addStep(path: Path, step: Step): void {
  path.steps = { item: step, before: path.steps };
}

/** Oldest first. */
export function unchain<T>(list: Chained<T> | undefined): T[] {
  const items: T[] = [];
  for (let at = list; at !== undefined; at = at.before) items.push(at.item);
  return items.reverse();
}
