import type { Change } from '../../apply/change.ts';
import { changeText } from '../../apply/change-text.ts';
import type { Demand } from '../decide/decision.ts';

/** Changes that were worked out, and put into words, before anybody asked for them. */
export interface Prepared {
  /** Of this demand, if it was prepared on this very ground; what was prepared on another one is forgotten. */
  find(ground: object, demand: Demand): readonly Change[] | undefined;
  add(ground: object, demand: Demand, changes: readonly Change[]): void;
}

export function prepared(): Prepared {
  let base: object | undefined;
  let known = new Map<string, readonly Change[]>();
  const on = (ground: object): Map<string, readonly Change[]> => {
    if (base !== ground) known = new Map();
    base = ground;
    return known;
  };
  return {
    find: (ground, demand) => on(ground).get(JSON.stringify(demand)),
    add: (ground, demand, changes) => {
      for (const change of changes) changeText(change);
      on(ground).set(JSON.stringify(demand), changes);
    },
  };
}
