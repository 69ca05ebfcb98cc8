import type { Expression } from '../../kernel/expression.ts';
import { layersOf } from '../../kernel/layers.ts';
import type { Chain, Rule, Table } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { TCP } from '../../trace/protocol.ts';
import { digestOf } from '../table-digest.ts';
import { mayBreakOff } from './breaks-off.ts';
import { type ChainGraph, verdictsOf } from './chain-graph.ts';

/** What a statement may change for the rules after it: nothing; marks and sets; or anything at all. */
export type Effect = 'none' | 'mutable' | 'all';

/** Statements that are listed as inert and leave alone all that rules ask for. */
const HARMLESS: ReadonlySet<string> = new Set([
  'LOG',
  'log',
  'NFLOG',
  'ULOG',
  'TRACE',
  'AUDIT',
  'TEE',
  'dup',
  'counter',
  'last',
  'CLASSIFY',
  'IDLETIMER',
  'RATEEST',
  'LED',
  'CHECKSUM',
]);

/** What is asked again and again of the chains of one table. */
export interface ChainFacts {
  /** Whether the walk ends where this statement is reached, whatever the packet is. */
  readonly ends: (statement: Statement, rule: Rule, table: Table) => boolean;
  readonly effectOf: (statement: Statement) => Effect;
}

export function chainFacts(graph: ChainGraph): ChainFacts {
  const effects = new Map<string, Effect>();
  const returns = new Map<string, boolean>();

  const effectOf = (statement: Statement): Effect => {
    if (statement.kind !== 'verdict' && statement.kind !== 'vmap') return ownEffect(statement);
    if (statement.kind === 'verdict' && !('chain' in statement.verdict)) return 'none';
    return verdictsOf(statement, graph.tables).reduce<Effect>(
      (sum, verdict) => ('chain' in verdict ? stronger(sum, effectOfChain(verdict.chain)) : sum),
      'none',
    );
  };
  const effectOfChain = (name: string): Effect => {
    const known = effects.get(name);
    if (known !== undefined) return known;
    // A loop cannot be loaded; asked again inside it, nothing more is learnt.
    effects.set(name, 'none');
    const same = graph.chains.get(name);
    let effect: Effect = same === undefined ? 'all' : 'none';
    for (const table of graph.tables)
      for (const chain of table.chains)
        if (chain.name === name)
          for (const { statement } of digestOf(table).notable.get(chain) ?? [])
            effect = stronger(effect, effectOf(statement));
    effects.set(name, effect);
    return effect;
  };

  /** Whether a packet that enters the chain may come back from it. */
  const mayReturn = (name: string): boolean => {
    const known = returns.get(name);
    if (known !== undefined) return known;
    returns.set(name, true);
    const [chain, ...others] = graph.chains.get(name) ?? [];
    const table = graph.tables.find((one) => chain !== undefined && one.chains.includes(chain));
    const may = chain === undefined || table === undefined || others.length > 0 || walkReturns(chain, table);
    returns.set(name, may);
    return may;
  };
  const walkReturns = ({ rules }: Chain, table: Table): boolean => {
    // Nearly every rule asks something, so that the one that ends every walk is quickly found.
    const end = rules.findIndex((rule) => {
      const last = rule.statements.at(-1);
      return last !== undefined && ends(last, rule, table) && takesEveryPacket(rule, table);
    });
    return end === -1 || rules.slice(0, end + 1).some(({ statements }) => statements.some(leavesEarly));
  };
  /** Back to the caller, or perhaps so. */
  const leavesEarly = (statement: Statement): boolean => {
    if (statement.kind === 'unknown-target') return true;
    return verdictsOf(statement, graph.tables).some(
      (verdict) => verdict.kind === 'return' || (verdict.kind === 'goto' && mayReturn(verdict.chain)),
    );
  };
  const ends = (statement: Statement, rule: Rule, table: Table): boolean => {
    if (statement.kind !== 'verdict') return endsByItself(statement, rule, table);
    const { verdict } = statement;
    if (verdict.kind === 'continue') return false;
    return verdict.kind !== 'jump' || !mayReturn(verdict.chain);
  };
  return { ends, effectOf };
}

/** No packet that reaches the rule stops before its end. */
export function takesEveryPacket(rule: Rule, table: Table): boolean {
  for (const statement of rule.statements)
    if (asks(statement) || mayBreakOff(statement, rule, table)) return false;
  return true;
}

/** A condition, or something that may be one. */
export function asks(statement: Statement): boolean {
  return statement.kind === 'match' || statement.kind === 'unknown-match' || statement.kind === 'vmap';
}

/** Statements that end the chain without a verdict (kernel-facts 2.6), where nothing of their own can fail. */
function endsByItself(statement: Statement, rule: Rule, table: Table): boolean {
  switch (statement.kind) {
    case 'nat':
      return statement.family === undefined && !isMap(statement.address) && !isMap(statement.port);
    case 'reject':
      return fitsEveryPacket(statement, rule, table);
    case 'tproxy':
      // Without a socket xt drops the packet; nft goes on.
      return table.frontend !== 'nft';
    default:
      return false;
  }
}

function isMap(expression: Expression | undefined): boolean {
  return expression?.kind === 'map' || expression?.kind === 'unknown';
}

/** A reject in words of one protocol or family is a condition that nft leaves out of its listing. */
function fitsEveryPacket(statement: Statement, rule: Rule, table: Table): boolean {
  const { network, transport } = layersOf(statement);
  if (network.length > 0 && table.family !== 'ip' && table.family !== 'ip6') return false;
  return (
    transport.length === 0 ||
    rule.statements.some((one) => layersOf(one).transport.includes(TCP) && asks(one))
  );
}

function ownEffect(statement: Statement): Effect {
  switch (statement.kind) {
    case 'set':
      return statement.target.kind === 'payload' ? 'all' : 'mutable';
    case 'set-update':
    case 'tproxy':
      return 'mutable';
    case 'notrack':
    case 'unknown-target':
      return 'all';
    case 'inert':
      return HARMLESS.has(statement.name) ? 'none' : 'all';
    default:
      return 'none';
  }
}

function stronger(a: Effect, b: Effect): Effect {
  if (a === 'all' || b === 'all') return 'all';
  return a === 'mutable' || b === 'mutable' ? 'mutable' : 'none';
}
