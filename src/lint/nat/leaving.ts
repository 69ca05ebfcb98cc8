import type { Table } from '../../kernel/netfilter.ts';
import { LOCAL_TABLE, MAIN_TABLE } from '../../kernel/routing.ts';
import { EMPTY_STATE, type KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';
import type { RuleRef, TracePath } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { defaultRoute, hostRoute } from '../flow/build-routing.ts';
import { hostAddresses } from '../flow/host-addresses.ts';

/** What becomes of a packet's source on one way out. */
export interface Leaving {
  readonly path: TracePath;
  /** The rule that translates it; absent: it leaves as it is. */
  readonly by?: RuleRef;
  /** It leaves at all. */
  readonly leaves: boolean;
}

/**
 * A flow that is forwarded, or sent by the router itself (no `in`), and leaves by this interface, with the chains of
 * `tables` alone. Its mark is not known unless the flow names one: what gives marks is not among them.
 */
export function leaving(state: KernelState, flow: Flow, out: string): readonly Leaving[] {
  const trace = traceFlow(routerBy(state, flow.family, out), flow, { packets: ['P1'] });
  if (typeof trace === 'string') return [];
  return trace.paths.map((path) => {
    const by = translator(path);
    const kind = path.packets[0]?.disposition.kind;
    return { path, leaves: kind === 'routed' || kind === 'local', ...(by === undefined ? {} : { by }) };
  });
}

/** The rule that gave the first packet another source. */
export function translator({ packets }: TracePath): RuleRef | undefined {
  for (const step of packets[0]?.steps ?? [])
    if (step.kind === 'rule' && (step.verdict === 'masquerade' || step.verdict === 'snat')) return step.rule;
  return undefined;
}

const ROUTERS = new WeakMap<KernelState, Map<string, KernelState>>();

function routerBy(state: KernelState, family: Family, out: string): KernelState {
  const known = ROUTERS.get(state) ?? new Map<string, KernelState>();
  ROUTERS.set(state, known);
  const key = `${family} ${out}`;
  const made = known.get(key) ?? {
    ...EMPTY_STATE,
    tables: state.tables,
    ipsets: state.ipsets,
    routes: [
      defaultRoute(family, MAIN_TABLE, [out]),
      {
        ...hostRoute(family, family === 'ipv4' ? '127.0.0.1' : '::1', 'lo'),
        table: LOCAL_TABLE,
        type: 'local' as const,
        scope: 254,
      },
    ],
  };
  known.set(key, made);
  return made;
}

const POSTROUTING = new WeakMap<KernelState, KernelState>();

/** The state with nothing but the nat chains of POSTROUTING: what they do depends on nothing before them but marks. */
export function onlyPostrouting(state: KernelState): KernelState {
  const known = POSTROUTING.get(state);
  if (known !== undefined) return known;
  const tables = state.tables.flatMap((table): readonly Table[] => {
    const isOther = (chain: Table['chains'][number]) =>
      chain.base !== undefined && (chain.base.type !== 'nat' || chain.base.hook !== 'postrouting');
    const chains = table.chains.filter((chain) => !isOther(chain));
    return chains.some(({ base }) => base !== undefined) ? [{ ...table, chains }] : [];
  });
  const made = { ...state, tables };
  POSTROUTING.set(state, made);
  return made;
}

/** A client inside sending to the internet. */
export function outwardFlow(family: Family, lan: string, source: string | undefined): Flow {
  return {
    family,
    in: lan,
    ...(source === undefined ? {} : { source }),
    destination: hostAddresses(family).internet,
    protocol: 'tcp',
  };
}

/** One name for a pattern of names. */
export function exampleName(name: string): string {
  return name.replace(/[+*]$/, '0');
}
