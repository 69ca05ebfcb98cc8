import type { Site } from '../config/site.ts';
import type { Table } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Diagnostic, Sources } from '../net/diagnostic.ts';
import { inferRoles } from './infer-roles.ts';
import type { Given, Machine, ReservedMark } from './machine.ts';
import type { RoleSettings } from './roles.ts';

/** What was read of one machine. */
export interface MachineParts {
  readonly name: string;
  readonly state: KernelState;
  readonly given: Given;
  readonly sources: Sources;
  readonly site?: Site;
  readonly refused?: readonly Diagnostic[];
  readonly listings?: readonly Table[];
  readonly unchecked?: readonly Diagnostic[];
  readonly settings?: AroundSettings;
  readonly quick?: true;
  readonly say?: Machine['say'];
}

/** What the settings say of what stands around the rulesets. */
export interface AroundSettings {
  readonly roles: RoleSettings;
  readonly reserved: readonly ReservedMark[];
  readonly neighbours: readonly string[];
}

export const NO_SETTINGS: AroundSettings = { roles: { wan: [], lan: [] }, reserved: [], neighbours: [] };

export function makeMachine(parts: MachineParts): Machine {
  const { name, state, given, sources, site, settings = NO_SETTINGS } = parts;
  const { refused = [], listings = [], unchecked = [], quick, say } = parts;
  const roles = inferRoles(state, knownRoles(settings.roles, site));
  const { reserved, neighbours } = settings;
  const machine = {
    name,
    state: withoutDormant(state),
    given,
    sources,
    roles,
    reserved,
    neighbours,
    refused,
    listings,
    unchecked,
    ...(quick === undefined ? {} : { quick }),
    ...(say === undefined ? {} : { say }),
  };
  return site === undefined ? machine : { ...machine, site };
}

/** Packets never meet the rules of a dormant table. */
function withoutDormant(state: KernelState): KernelState {
  const tables = state.tables.filter(({ dormant }) => dormant !== true);
  return tables.length === state.tables.length ? state : { ...state, tables };
}

/** A site names its interfaces; the settings, where they say something, know better. */
function knownRoles({ wan, lan }: RoleSettings, site: Site | undefined): RoleSettings {
  return {
    wan: wan.length > 0 || site === undefined ? wan : [...new Set(site.wans.map((one) => one.interface))],
    lan: lan.length > 0 || site === undefined ? lan : site.lan,
  };
}
