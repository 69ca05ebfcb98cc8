import { CT_MARK, type Expression, META_MARK, number, string } from '../../kernel/expression.ts';
import { markExpression, masked } from '../../kernel/mark-word.ts';
import type { BaseChain, Chain, Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Verdict } from '../../kernel/verdict.ts';
import { ENDS_BASE } from './leaving-verdicts.ts';

/** Rulesets as they would be if something were right: what changes with it is what is wrong without it. */

/** After every chain that a ruleset may have, before routing. */
const LAST = 30_000;

const NAME = 'lint: what if';

/** As if the mark that routes were always saved, at the end of the hook, for the bits that route. */
export function saving(state: KernelState, bits: number): KernelState {
  return withTable(state, savesAt(['prerouting', 'output'], bits));
}

/** The same, and at the end of the packet's way, whatever rules on it write to the connection. */
export function savingLast(state: KernelState, bits: number): KernelState {
  return withTable(state, savesAt(['prerouting', 'output', 'input', 'postrouting'], bits));
}

function savesAt(hooks: readonly BaseChain['hook'][], bits: number): readonly Chain[] {
  return hooks.map((hook) => chain(hook, 'filter', LAST + 1, saveRule(bits)));
}

/** Right behind the look-up of connections, before any chain that marks. */
const FIRST = -199;

/** As if a mark that the connection has were always restored, first of all, and whatever rules made of it then. */
export function restoring(state: KernelState, bits: number): KernelState {
  return withTable(state, [
    chain('prerouting', 'filter', FIRST, restoreRule(bits)),
    chain('prerouting', 'filter', LAST, restoreRule(bits)),
    chain('output', 'route', FIRST, restoreRule(bits)),
    chain('output', 'route', LAST, restoreRule(bits)),
  ]);
}

function withTable(state: KernelState, chains: readonly Chain[]): KernelState {
  const table: Table = { frontend: 'nft', family: 'inet', name: NAME, chains, sets: [] };
  return { ...state, tables: [...state.tables, table] };
}

function chain(
  hook: BaseChain['hook'],
  type: BaseChain['type'],
  priority: number,
  statements: readonly Statement[],
): Chain {
  return {
    name: `${hook} ${priority}`,
    base: { type, hook, priority, policy: 'accept' },
    rules: [{ statements }],
  };
}

function has(word: Expression, bits: number): Statement {
  return { kind: 'match', operator: '!=', left: masked(word, bits) ?? word, right: number(0) };
}

function saveRule(bits: number): readonly Statement[] {
  const value = markExpression({ packet: bits, connection: ~bits >>> 0, constant: 0 });
  return [
    { kind: 'match', operator: '==', left: { kind: 'ct', key: 'direction' }, right: string('original') },
    has(META_MARK, bits),
    { kind: 'set', target: CT_MARK, value },
  ];
}

function restoreRule(bits: number): readonly Statement[] {
  const value = markExpression({ packet: ~bits >>> 0, connection: bits, constant: 0 });
  return [has(CT_MARK, bits), { kind: 'set', target: META_MARK, value }];
}

/** The rule without what ends or leaves the walk: no accept, queue and return, and a goto that comes back. */
export function withoutLeaving(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap((one): readonly Statement[] => {
    if (one.kind === 'verdict') {
      const verdict = staying(one.verdict);
      return verdict === undefined ? [] : [{ kind: 'verdict', verdict }];
    }
    if (one.kind !== 'vmap' || one.map.kind !== 'set') return [one];
    const elements = one.map.elements.flatMap((element) => {
      if (element.value?.kind !== 'verdict') return [element];
      const verdict = staying(element.value.verdict);
      return verdict === undefined ? [] : [{ ...element, value: { ...element.value, verdict } }];
    });
    return [{ ...one, map: { ...one.map, elements } }];
  });
}

function staying(verdict: Verdict): Verdict | undefined {
  if (ENDS_BASE.has(verdict.kind) || verdict.kind === 'return') return undefined;
  return verdict.kind === 'goto' ? { kind: 'jump', chain: verdict.chain } : verdict;
}

/** The rule with a return where it accepts or queues: the walk goes on behind the jump, and no later rule of the chain is asked. */
export function returning(statements: readonly Statement[]): readonly Statement[] {
  return statements.map(
    (one): Statement =>
      one.kind === 'verdict' && ENDS_BASE.has(one.verdict.kind)
        ? { kind: 'verdict', verdict: { kind: 'return' } }
        : one,
  );
}
