import type { Rule } from '../../kernel/netfilter.ts';

/** A chain's rules while commands change them. Places begin at 1. */
export class RuleList {
  /** Rules before the others, the last of them first: `-I` thousands of times costs what `-A` does. */
  private readonly front: Rule[] = [];
  private readonly rest: Rule[] = [];

  all(): readonly Rule[] {
    return this.settled();
  }

  append(rules: readonly Rule[]): void {
    for (const rule of rules) this.rest.push(rule);
  }

  /** In this order; at the end where there is no such place. */
  insert(place: number, rules: readonly Rule[]): void {
    if (place === 1) this.front.push(...[...rules].reverse());
    else this.settled().splice(place - 1, 0, ...rules);
  }

  /** False where there is no such place. */
  remove(place: number): boolean {
    const rules = this.settled();
    if (rules[place - 1] === undefined) return false;
    rules.splice(place - 1, 1);
    return true;
  }

  /** The place of the first rule of the same meaning; 0: nowhere. */
  placeOf(rule: Rule): number {
    const wanted = meaningOf(rule);
    return this.settled().findIndex((one) => meaningOf(one) === wanted) + 1;
  }

  clear(): void {
    this.front.length = 0;
    this.rest.length = 0;
  }

  private settled(): Rule[] {
    if (this.front.length > 0) {
      const rules = [...[...this.front].reverse(), ...this.rest];
      this.clear();
      this.append(rules);
    }
    return this.rest;
  }
}

/** Each deletion asks for those of all rules before the one it is for. */
const MEANINGS = new WeakMap<Rule, string>();

function meaningOf(rule: Rule): string {
  const known = MEANINGS.get(rule);
  if (known !== undefined) return known;
  const meaning = JSON.stringify([rule.statements, rule.comment]);
  MEANINGS.set(rule, meaning);
  return meaning;
}
