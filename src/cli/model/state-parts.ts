import type { Chain, NamedSet, Table } from '../../kernel/netfilter.ts';
import { setsNamed } from '../../kernel/sets-named.ts';
import type { KernelState } from '../../kernel/state.ts';

/** A state taken apart into what a walk may or may not come to. */
export interface StateParts {
  /** What every walk reads: routing, base chains, ipsets. */
  readonly common: number;
  /** A number for the contents of a chain or set: the same for the same. */
  readonly content: (name: string) => number;
  /** The names of these chains and of every set they or a base chain speak of. */
  readonly reached: (chains: ReadonlySet<string>) => readonly string[];
}

/** `numbers` holds what was met in other states, and takes what is new in this one. */
export function stateParts(state: KernelState, numbers: Map<string, number>): StateParts {
  const parts = new Map<string, () => string>();
  const named = new Map<string, () => readonly string[]>();
  const bases: string[] = [];
  for (const table of state.tables) addTable(table, parts, named, bases);
  const known = new Map<string, number>();
  const content = (name: string) => {
    const found = known.get(name) ?? numberOf(numbers, parts.get(name)?.() ?? '');
    known.set(name, found);
    return found;
  };
  const { links, addresses, policyRules, routes, ipsets, sysctls } = state;
  return {
    common: numberOf(
      numbers,
      JSON.stringify([links, addresses, policyRules, routes, ipsets, sysctls, bases.map(content)]),
    ),
    content,
    reached: (chains) => {
      const all = [...chains, ...bases];
      return [...new Set([...chains, ...all.flatMap((chain) => named.get(chain)?.() ?? [])])];
    },
  };
}

function numberOf(numbers: Map<string, number>, text: string): number {
  const known = numbers.get(text);
  if (known !== undefined) return known;
  numbers.set(text, numbers.size);
  return numbers.size - 1;
}

function addTable(
  table: Table,
  parts: Map<string, () => string>,
  named: Map<string, () => readonly string[]>,
  bases: string[],
): void {
  const lead = `${table.frontend} ${table.family} ${table.name}`;
  for (const set of table.sets) parts.set(`${lead} @${set.name}`, () => setText(set));
  for (const chain of table.chains) {
    const name = `${lead} ${chain.name}`;
    parts.set(name, () => textOf(chain));
    named.set(name, () => setsOf(chain).map((set) => `${lead} @${set}`));
    if (chain.base !== undefined) bases.push(name);
  }
}

/** Slots of policies have hundreds of elements, all of a number and a verdict: those are said in short. */
function setText({ elements, span: _, ...head }: NamedSet): string {
  const texts = elements.map((element) => {
    const { key, value } = element;
    return key.kind === 'number' && value?.kind === 'verdict' && 'chain' in value.verdict
      ? `${key.value} ${value.verdict.kind} ${value.verdict.chain}`
      : JSON.stringify(element);
  });
  return `${JSON.stringify(head)} ${texts.join()}`;
}

function textOf({ base, rules }: Chain): string {
  return JSON.stringify([base, rules.map(({ statements }) => statements)]);
}

function setsOf({ rules }: Chain): readonly string[] {
  return [
    ...new Set(rules.flatMap(({ statements }) => statements.flatMap(setsNamed)).map(({ name }) => name)),
  ];
}
