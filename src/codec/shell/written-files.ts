import { withoutPrefixes } from './prefixes.ts';
import { inputOf } from './rules-command.ts';
import type { ScriptRun } from './script-run.ts';
import type { Simple } from './tree.ts';
import { expandWord, expandWords } from './variables.ts';

/** Programs that leave a file whose name they are given as it is. */
const READERS =
  /(?:^|\/)(?:nft|ip6?tables(?:-legacy|-nft)?-restore|ip|cat|chmod|chown|ls|echo|printf|logger|test|\[\[?)$/;

/** What a command does to files that the script has written: `cat >FILE <<EOF` and `tee FILE <<EOF` make one known. */
export function keepWritten(command: Simple, run: ScriptRun): void {
  const { files } = run.state;
  const text = command.input === undefined ? undefined : inputOf(command, run);
  const expanded = expandWords(command.words, run.variables);
  const words = 'words' in expanded ? withoutPrefixes(expanded.words) : [];
  const [program = '', ...rest] = words;
  const target = targetOf(command, run);
  const isCopied = text !== undefined && command.writes?.appends !== true;
  if (isCopied && program === 'cat' && rest.length === 0 && target !== undefined) files.set(target, text);
  else if (isCopied && program === 'tee' && rest.length === 1) files.set(rest[0] ?? '', text);
  else if (files.size > 0) forgetWritten(command, run);
}

/** What may have another text then, whether the command runs or not. */
export function forgetWritten(command: Simple, run: ScriptRun): void {
  const { files } = run.state;
  if (files.size === 0) return;
  const expanded = expandWords(command.words, run.variables);
  const words = 'words' in expanded ? withoutPrefixes(expanded.words) : [];
  const changed = READERS.test(words[0] ?? '') ? [] : words.slice(1);
  for (const file of [...changed, targetOf(command, run) ?? '']) files.delete(file);
}

function targetOf({ writes }: Simple, { variables }: ScriptRun): string | undefined {
  const expanded = writes === undefined ? undefined : expandWord(writes.target, variables);
  return expanded !== undefined && 'words' in expanded ? expanded.words[0] : undefined;
}
