import { assign, assignedIn } from './arithmetic.ts';
import { assignArray, declareArray } from './assign-array.ts';
import { bare } from './assigned.ts';
import { assignmentOf } from './assignment-of.ts';
import type { WordToken } from './lex.ts';
import type { Assignment, Simple } from './tree.ts';
import { expandValue, expandWord, forgetAssigned, plainValue, type Variables } from './variables.ts';

/** What the commands that give variables values do to them. */

export function assignTo(assignment: Assignment, variables: Variables): void {
  const { name, value, appends } = assignment;
  forgetAssigned(value, variables);
  if (assignArray(assignment, variables)) return;
  const text = expandValue(value, variables);
  const before = appends ? (variables.has(name) ? plainValue(variables, name) : '') : '';
  variables.set(name, text === undefined || before === undefined ? undefined : before + text);
}

/** `declare -A NAME` first; then what has a value gets it. */
export function declare({ words, assignments }: Simple, variables: Variables): true {
  const [, ...rest] = words;
  const plain = rest.map(bare);
  const flags = plain.filter((word) => /^-[a-zA-Z]+$/.test(word)).join('');
  const given = [...rest.flatMap((word) => assignmentOf(word) ?? []), ...assignments];
  const names = [...given.map(({ name }) => name), ...plain.filter((word) => /^[A-Za-z_]\w*$/.test(word))];
  if (/[aA]/.test(flags)) for (const name of names) declareArray(name, flags.includes('A'), variables);
  for (const assignment of given) assignTo(assignment, variables);
  return true;
}

/** Without one of its words nobody counts on what is left of an array. */
export function unset(word: string, variables: Variables): void {
  const [name = word] = word.split('[');
  if (name === word) variables.delete(word);
  else variables.set(name, undefined);
}

/** A word of `let`. */
export function letSum(word: WordToken, variables: Variables): void {
  const expanded = expandWord(word, variables);
  if ('words' in expanded) assign(expanded.words.join(' '), variables);
  else for (const name of assignedIn(bare(word))) variables.set(name, undefined);
}
