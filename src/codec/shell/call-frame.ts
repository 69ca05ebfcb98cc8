import { parameterNames } from './parameters.ts';
import type { Place } from './place.ts';
import type { Compound } from './tree.ts';
import type { Variables } from './variables.ts';

type Value = ReturnType<Variables['get']>;

/** A call of a function, and the variables that get their values back when it ends. */
export class CallFrame {
  readonly body: Compound;
  readonly caller: Place;
  /** Where its last command that matters stands, once somebody has asked. */
  lastThatMatters: number | undefined;
  /** Values from before the call; undefined where there was no such variable. */
  private readonly outer = new Map<string, { readonly value: Value } | undefined>();

  constructor(body: Compound, caller: Place) {
    this.body = body;
    this.caller = caller;
  }

  /** A variable becomes the function's own. */
  keep(name: string, variables: Variables): void {
    if (!this.outer.has(name))
      this.outer.set(name, variables.has(name) ? { value: variables.get(name) } : undefined);
  }

  keepParameters(variables: Variables): void {
    for (const name of parameterNames(variables)) this.keep(name, variables);
  }

  restore(variables: Variables): void {
    for (const name of parameterNames(variables)) variables.delete(name);
    for (const [name, before] of this.outer)
      if (before === undefined) variables.delete(name);
      else variables.set(name, before.value);
  }
}
