import type { HereText } from './here-document.ts';
import { withoutPrefixes } from './prefixes.ts';
import { writtenWords } from './program.ts';
import { programName } from './program-name.ts';
import { inputOf } from './rules-command.ts';
import type { ScriptRun } from './script-run.ts';
import type { Simple } from './tree.ts';
import { expandWord } from './variables.ts';

/** Programs that leave a file whose name they are given as it is. */
const READERS: ReadonlySet<string> = new Set([
  'nft',
  'iptables-restore',
  'iptables-legacy-restore',
  'iptables-nft-restore',
  'ip6tables-restore',
  'ip6tables-legacy-restore',
  'ip6tables-nft-restore',
  'ip',
  'cat',
  'chmod',
  'chown',
  'ls',
  'echo',
  'printf',
  'logger',
  'test',
  '[',
  '[[',
]);

/** What a command does to files that the script has written: `cat >FILE <<EOF` and `tee FILE <<EOF` make one known. */
export function keepWritten(command: Simple, run: ScriptRun): void {
  const copy = copyBy(command, run);
  if (copy === undefined) forgetWritten(command, run);
  else run.state.files.set(copy.file, copy.text);
}

interface Copy {
  readonly file: string;
  /** Or why it is not known. */
  readonly text: HereText | string;
}

function copyBy(command: Simple, run: ScriptRun): Copy | undefined {
  const text = inputOf(command, run);
  if (text === undefined || command.writes?.appends === true) return undefined;
  const [program = '', ...rest] = withoutPrefixes(writtenWords(command, run));
  const [name, more] = rest;
  const isTee = programName(program) === 'tee' && more === undefined;
  const isCat = programName(program) === 'cat' && name === undefined;
  const file = isTee ? name : isCat ? targetOf(command, run) : undefined;
  return file === undefined ? undefined : { file, text };
}

/** What may have another text then, whether the command runs or not. */
export function forgetWritten(command: Simple, run: ScriptRun): void {
  const { files } = run.state;
  // Asked of every command: most scripts write none.
  if (files.size === 0) return;
  const [program = '', ...rest] = withoutPrefixes(writtenWords(command, run));
  const changed = READERS.has(programName(program)) ? [] : rest;
  for (const file of [...changed, targetOf(command, run) ?? '']) files.delete(file);
}

function targetOf({ writes }: Simple, { variables }: ScriptRun): string | undefined {
  const expanded = writes === undefined ? undefined : expandWord(writes.target, variables);
  return expanded !== undefined && 'words' in expanded ? expanded.words[0] : undefined;
}
