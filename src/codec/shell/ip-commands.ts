import type { Span } from '../../net/span.ts';
import { readIpCommand } from '../ip-command.ts';
import type { Input } from './carry-out.ts';
import type { HereText } from './here-document.ts';
import { batchCommands } from './ip-batch-commands.ts';
import { runRouteCommand } from './ip-route-commands.ts';
import { runRuleCommand } from './ip-rule-commands.ts';
import type { Done } from './iptables-builder.ts';
import type { ScriptState } from './script-state.ts';

/** `-batch`, shortened down to `-b`; `-br` is another option. */
const BATCH = /^-b(?:a(?:t(?:ch?)?)?)?$/;

const FORCE = /^-fo(?:r(?:ce?)?)?$/;

/** Carries one `ip` command out as far as it is about policy rules and routes, or those that it reads from its input. */
export function runIpCommand(state: ScriptState, words: readonly string[], span: Span, input: Input): Done {
  const at = words.findIndex((word) => BATCH.test(word));
  if (at === -1) return runIpObject(state, words, span);
  const file = words[at + 1] ?? '';
  const text = file === '-' || file === '/dev/stdin' ? input : state.files.get(file);
  if (text === undefined) return { message: 'the commands it runs are in another file' };
  if (typeof text === 'string') return { message: text };
  return runIpBatch(state, [...words.slice(0, at), ...words.slice(at + 2)], text);
}

/** One command a line, each with the options of the call. The first that fails ends it, unless it is forced on. */
function runIpBatch(state: ScriptState, options: readonly string[], input: HereText): Done {
  const isForced = options.some((word) => FORCE.test(word));
  const commands = batchCommands(input);
  for (const [at, { words, span }] of commands.entries()) {
    // Options stand in the call alone.
    const hasOption = words[0]?.startsWith('-') === true;
    const done = hasOption ? 'refused' : runIpObject(state, [...options, ...words], span);
    if (typeof done === 'object') state.leaveOut(span, `this command is not read: ${done.message}`);
    if (done !== 'refused') continue;
    const goesOn = isForced || at + 1 === commands.length;
    if (hasOption || !goesOn)
      state.leaveOut(span, `ip refuses this command${goesOn ? '' : ', and reads no more of what is below'}`);
    if (!goesOn) return 'refused';
  }
  return 'done';
}

function runIpObject(state: ScriptState, words: readonly string[], span: Span): Done {
  const command = readIpCommand(words);
  if (command.kind === 'other') return words.includes('get') ? 'open' : 'done';
  return command.kind === 'rules'
    ? runRuleCommand(state, command, span)
    : runRouteCommand(state, command, span);
}
