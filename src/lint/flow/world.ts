import type { Table } from '../../kernel/netfilter.ts';
import type { PolicyRule } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import type { Machine } from '../machine.ts';
import { relevantStateOf } from '../routes/relevant-state.ts';
import { assumedWorlds } from './assume-routing.ts';
import { withFilledSets } from './filled-sets.ts';
import { givenWorlds } from './given-routing.ts';
import { type MarkExit, markExits } from './mark-exits.ts';
import { routingFields } from './routing-fields.ts';

/** A machine of one family whose every packet can be routed, by what is given and what had to be assumed. */
export interface World {
  readonly family: Family;
  readonly state: KernelState;
  /** Every table, those that nothing of the flow depends on among them. */
  readonly tables: readonly Table[];
  /** Bits of the packet mark that policy rules ask for. */
  readonly bits: number;
  /** Policy rules are given: they, and nothing else, decide what routes. */
  readonly given: boolean;
  /** Routes are given as well: addresses must be those of the interfaces. */
  readonly routed: boolean;
  readonly assumed: readonly string[];
  /** Uplinks and interfaces inside, as names of devices. */
  readonly wans: readonly string[];
  readonly lans: readonly string[];
  /** Marks that are given to what comes in by an uplink: replies are meant to go back there. */
  readonly entries: readonly MarkExit[];
}

/** The ways in which the marks of this machine can be taken to route; none when they do not route at all. */
export function worlds(machine: Machine, family: Family): readonly World[] {
  const rules = machine.state.policyRules.filter((rule) => rule.family === family);
  const given = machine.given.policyRules.has(family) || rules.length > 0;
  const bits = routingBits(rules);
  const fields = given ? [] : routingFields(machine.state, family);
  // Most machines route by no mark at all: then nothing is made ready.
  if (given ? bits === 0 : fields.length === 0) return [];
  const state = withFilledSets(relevantStateOf(machine.state, family));
  if (state.tables.length === 0) return [];
  const exits = markExits(machine, family);
  const parts = { machine: { ...machine, state }, family, all: machine.state.tables, exits };
  if (given) return givenWorlds(parts, bits);
  const { guessed } = machine.roles;
  return assumedWorlds(parts, fields).map((world) => ({ ...world, assumed: [...world.assumed, ...guessed] }));
}

/** What worlds are made from. */
export interface WorldParts {
  /** With the tables that are followed through, and their sets filled. */
  readonly machine: Machine;
  readonly family: Family;
  readonly all: readonly Table[];
  readonly exits: readonly MarkExit[];
}

function routingBits(rules: readonly PolicyRule[]): number {
  return rules.reduce((bits, { selector }) => (bits | (selector.fwmark?.mask ?? 0)) >>> 0, 0);
}
