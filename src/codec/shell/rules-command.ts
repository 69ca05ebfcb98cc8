import type { Span } from '../../net/span.ts';
import { carryOut, type Input } from './carry-out.ts';
import { readHereDocument } from './here-document.ts';
import { withoutPrefixes } from './prefixes.ts';
import type { Status } from './reasons.ts';
import type { ScriptRun } from './script-run.ts';
import type { Simple } from './tree.ts';
import { expandWord, expandWords } from './variables.ts';

/** A command of iptables, nft or ip; told where its words are not known. */
export function runRulesCommand(command: Simple, run: ScriptRun): Status {
  const { start, end } = run.placeOf(command);
  const expanded = expandWords(command.words, run.variables);
  if ('why' in expanded) {
    run.leaveOut({ start, end }, `this command is not known from the text: ${expanded.why}`);
    return undefined;
  }
  const span: Span = { file: run.file, start, end };
  const done = carryOut(run.state, withoutPrefixes(expanded.words), span, inputOf(command, run));
  if (typeof done === 'object') {
    run.leaveOut(span, `this command is not read: ${done.message}`);
    return undefined;
  }
  return done === 'open' ? undefined : done === 'done';
}

/** A here-document, or what a file has for it. */
export function inputOf({ input, reads }: Simple, run: ScriptRun): Input {
  if (input !== undefined) return readHereDocument(input, run);
  const file = reads === undefined ? undefined : expandWord(reads, run.variables);
  const [name = ''] = file !== undefined && 'words' in file ? file.words : [];
  return run.state.rulesIn(name);
}
