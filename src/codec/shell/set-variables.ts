import { assign, assignedIn } from './arithmetic.ts';
import { assignArray, declareArray } from './assign-array.ts';
import { bare } from './assigned.ts';
import { assignmentOf } from './assignment-of.ts';
import type { CallFrame } from './call-frame.ts';
import { integerKey, integerOf, isInteger, setInteger } from './integers.ts';
import type { Part, WordToken } from './lex.ts';
import type { ScriptRun } from './script-run.ts';
import type { Assignment, Simple } from './tree.ts';
import { assignWithin, expandValue, expandWord, plainValue, type Variables } from './variables.ts';

/** What the commands that give variables values do to them. */

export function assignTo(assignment: Assignment, variables: Variables): void {
  const { name, value, appends } = assignment;
  assignWithin(value, variables);
  if (isInteger(name, variables)) assignSum(assignment, variables);
  else if (!assignArray(assignment, variables)) {
    const text = expandValue(value, variables);
    const before = appends ? (variables.has(name) ? plainValue(variables, name) : '') : '';
    variables.set(name, text === undefined || before === undefined ? undefined : before + text);
  }
}

/** Arrays of sums are not followed: nobody knows what they hold. */
function assignSum({ name, value, appends, list, index }: Assignment, variables: Variables): void {
  const isArray = list !== undefined || index !== undefined || typeof variables.get(name) === 'object';
  const text = isArray ? undefined : expandValue(value, variables);
  const before = appends && variables.has(name) ? plainValue(variables, name) : '0';
  const isKnown = text !== undefined && before !== undefined;
  variables.set(name, isKnown ? integerOf(`${before || 0} + (${text.trim() || 0})`, variables) : undefined);
}

/** `declare -A NAME` first; then what has a value gets it. */
export function declare({ words, assignments }: Simple, { variables, frame }: ScriptRun): true {
  const [program, ...rest] = words.map(bare);
  const flags = rest.filter((word) => /^[-+][a-zA-Z]+$/.test(word)).join('');
  // The shell works out the values before it declares the variables: `local old=$lan lan=x`.
  const given = [...words.flatMap((word) => assignmentOf(word) ?? []), ...assignments].map((one) =>
    withValue(one, variables),
  );
  const names = [...given.map(({ name }) => name), ...rest.filter((word) => /^[A-Za-z_]\w*$/.test(word))];
  const isArray = /[aA]/.test(flags);
  if (frame !== undefined && isLocal(program ?? '', flags))
    for (const name of names) makeLocal(name, isArray, frame, variables);
  if (isArray) for (const name of names) declareArray(name, flags.includes('A'), variables);
  if (flags.includes('i')) for (const name of names) setInteger(name, flags.includes('-'), variables);
  for (const assignment of given) assignTo(assignment, variables);
  return true;
}

/** With its value worked out, unless it is about an array. */
function withValue(assignment: Assignment, variables: Variables): Assignment {
  if (assignment.list !== undefined || assignment.index !== undefined) return assignment;
  assignWithin(assignment.value, variables);
  const text = expandValue(assignment.value, variables);
  const part: Part =
    text === undefined ? { kind: 'unknown', why: '', quoted: true } : { kind: 'text', text, quoted: true };
  return { ...assignment, value: [part] };
}

function isLocal(program: string, flags: string): boolean {
  return program === 'local' || (/^(?:declare|typeset)$/.test(program) && !flags.includes('g'));
}

/** Until it has a value nobody knows it: bash takes it for empty, dash, which has no arrays, leaves it as it was. */
function makeLocal(name: string, isArray: boolean, frame: CallFrame, variables: Variables): void {
  frame.keep(name, variables);
  frame.keep(integerKey(name), variables);
  setInteger(name, false, variables);
  if (isArray) variables.delete(name);
  else variables.set(name, undefined);
}

/** An array that loses one of its words is followed no further. */
export function unset(word: string, variables: Variables): void {
  const [name = word] = word.split('[');
  if (name === word) {
    setInteger(word, false, variables);
    variables.delete(word);
  } else variables.set(name, undefined);
}

/** A word of `let`. */
export function letSum(word: WordToken, variables: Variables): void {
  const expanded = expandWord(word, variables);
  if ('words' in expanded) assign(expanded.words.join(' '), variables);
  else for (const name of assignedIn(bare(word))) variables.set(name, undefined);
}
