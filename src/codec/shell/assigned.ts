import { assignedIn } from './arithmetic.ts';
import { assignmentOf } from './assignment-of.ts';
import { DECLARATIONS } from './declarations.ts';
import { indexIn } from './expand-array.ts';
import type { WordToken } from './lex.ts';
import { behindOptions } from './parameters.ts';
import type { ShellCommand, Simple } from './tree.ts';

/** What gives a script's variables values. */

/** The text of a word without what is put in. */
export function bare({ parts }: WordToken): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
}

/** Names that a command may give a value, whatever it is. */
export function assignedBy(command: ShellCommand): readonly string[] {
  if (command.kind === 'simple') return [...assignedInParts(command), ...setByProgram(command)];
  // What a subshell sets is its own.
  if (command.what === 'subshell') return [];
  return [
    ...(command.name === undefined ? [] : [command.name]),
    ...assignedIn(command.sums ?? ''),
    ...command.body.flatMap(({ commands }) => commands.flatMap(assignedBy)),
  ];
}

/** By its assignments, and by what is put into its words: `${NAME:=TEXT}`, `$((n += 1))`. */
function assignedInParts({ words, assignments }: Simple): readonly string[] {
  const [first] = words;
  const parts = [...words.map((word) => word.parts), ...assignments.map(({ value }) => value)].flat();
  return [
    // `IFS= read LINE`: for the time of the command.
    ...(first !== undefined && SETTERS.has(bare(first)) ? [] : assignments.map(({ name }) => name)),
    ...parts.flatMap((part) => (part.kind === 'variable' && part.fallback?.assigns ? [part.name] : [])),
    ...parts.flatMap((part) => assignedIn(part.kind === 'arithmetic' ? part.text : indexIn(part))),
  ];
}

/** By the command that it is; `@` stands for the parameters. */
function setByProgram({ words }: Simple): readonly string[] {
  const [first, ...rest] = words;
  const program = first === undefined ? '' : bare(first);
  if (DECLARATIONS.has(program)) return rest.flatMap((word) => assignmentOf(word)?.name ?? []);
  if (SETTERS.has(program)) return namesSet(words);
  switch (program) {
    case 'let':
      return rest.flatMap((word) => assignedIn(bare(word)));
    case 'shift':
      return ['@'];
    case 'set':
      return behindOptions(rest.map(bare)) === undefined ? [] : ['@'];
    default:
      return [];
  }
}

/** Names that are a function's own from here on. */
export function localsOf({ words, assignments }: Simple): readonly string[] {
  const [first, ...rest] = words;
  if (first === undefined || bare(first) !== 'local') return [];
  return [
    ...rest.map((word) => assignmentOf(word)?.name ?? bare(word)),
    ...assignments.map(({ name }) => name),
  ];
}

/** Programs of the shell that give variables values which nobody knows. */
export const SETTERS = new Set(['read', 'getopts', 'mapfile', 'readarray', 'printf']);

export function namesSet([program, ...words]: readonly WordToken[]): readonly string[] {
  const names = words.map(bare);
  if (program !== undefined && bare(program) === 'printf') {
    const at = names.indexOf('-v');
    return at === -1 ? [] : names.slice(at + 1, at + 2);
  }
  return names.filter((name) => /^[A-Za-z_]\w*$/.test(name));
}

/** A word that stands for those of the call. */
export function isPassedOn({ parts }: WordToken): boolean {
  return parts.some((part) => part.kind === 'array' && part.name === '@' && part.what === 'values');
}
