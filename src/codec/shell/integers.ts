import { evaluate } from './arithmetic.ts';
import type { Variables } from './variables.ts';

/**
 * A variable of `declare -i` takes each value as a sum. That is kept among the variables, under a key that no script can
 * name, so that functions and subshells keep and restore it as they do the value.
 */
export function integerKey(name: string): string {
  return `-i ${name}`;
}

export function isInteger(name: string, variables: Variables): boolean {
  return variables.has(integerKey(name));
}

export function setInteger(name: string, isInteger: boolean, variables: Variables): void {
  if (isInteger) variables.set(integerKey(name), undefined);
  else variables.delete(integerKey(name));
}

/** What a text comes to as a sum. */
export function integerOf(text: string, variables: Variables): string | undefined {
  const value = evaluate(text, variables);
  return value === undefined ? undefined : String(value);
}
