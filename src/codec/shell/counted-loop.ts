import { assign, evaluate } from './arithmetic.ts';
import type { Variables } from './variables.ts';

/** More often than this no script of rules goes round. */
const MOST = 4096;

/**
 * Runs `for ((first; condition; step))` until its body returns false, which is when it was left. Returns false where one of
 * its sums is not known, or it does not come to an end.
 */
export function countedLoop(sums: string, variables: Variables, body: () => boolean): boolean {
  const [first, condition, step, ...more] = sums.split(';');
  if (first === undefined || condition === undefined || step === undefined || more.length > 0) return false;
  assignAll(first, variables);
  for (let round = 0; round <= MOST; round += 1) {
    const holds = evaluate(condition, variables);
    if (holds === undefined) return false;
    if (holds === 0n) return true;
    if (!body()) return true;
    assignAll(step, variables);
  }
  return false;
}

/** `i = 0, j = 10` */
function assignAll(sums: string, variables: Variables): void {
  for (const sum of sums.split(',')) if (sum.trim() !== '') assign(sum, variables);
}
