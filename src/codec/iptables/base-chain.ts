import type { BaseChain, Hook } from '../../kernel/netfilter.ts';

type Builtin = Omit<BaseChain, 'policy'>;

const HOOKS: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

/** Priorities of the tables at their hooks (kernel-facts 1). */
const PRIORITIES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  raw: { PREROUTING: -300, OUTPUT: -300 },
  mangle: { PREROUTING: -150, INPUT: -150, FORWARD: -150, OUTPUT: -150, POSTROUTING: -150 },
  nat: { PREROUTING: -100, INPUT: 100, OUTPUT: -100, POSTROUTING: 100 },
  filter: { INPUT: 0, FORWARD: 0, OUTPUT: 0 },
  security: { INPUT: 50, FORWARD: 50, OUTPUT: 50 },
};

export function isTableName(name: string): boolean {
  return PRIORITIES[name] !== undefined;
}

/** The builtin chain of that name; undefined for a user chain. Only mangle OUTPUT re-routes (kernel-facts 5.2). */
export function builtinChain(table: string, chain: string): Builtin | undefined {
  const priority = PRIORITIES[table]?.[chain];
  const hook = HOOKS[chain];
  if (priority === undefined || hook === undefined) return undefined;
  const type = table === 'nat' ? 'nat' : table === 'mangle' && chain === 'OUTPUT' ? 'route' : 'filter';
  return { type, hook, priority };
}
