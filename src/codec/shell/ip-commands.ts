import type { Span } from '../../net/span.ts';
import { readIpCommand } from '../ip-command.ts';
import { runRouteCommand } from './ip-route-commands.ts';
import { runRuleCommand } from './ip-rule-commands.ts';
import type { Done } from './iptables-builder.ts';
import type { ScriptState } from './script-state.ts';

/** Carries one `ip` command out as far as it is about policy rules and routes. */
export function runIpCommand(state: ScriptState, words: readonly string[], span: Span): Done {
  if (words.some((word) => /^-b(?:atch)?$/.test(word)))
    return { message: 'the commands it runs are in another file' };
  const command = readIpCommand(words);
  if (command.kind === 'other') return 'done';
  return command.kind === 'rules'
    ? runRuleCommand(state, command, span)
    : runRouteCommand(state, command, span);
}
