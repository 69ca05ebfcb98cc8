import type { Span } from '../../net/span.ts';
import type { HereText } from './here-document.ts';
import { runIpCommand } from './ip-commands.ts';
import type { Done } from './iptables-builder.ts';
import { iptablesVariant, runIptables, type Variant } from './iptables-command.ts';
import { runNft } from './nft-commands.ts';
import { programName } from './program-name.ts';
import type { ScriptState } from './script-state.ts';

/** What a program is given through its standard input: a text, or why that is not known. */
export type Input = HereText | string | undefined;

/** Does to the state what one command of iptables, nft or ip would do to a machine. */
export function carryOut(state: ScriptState, words: readonly string[], span: Span, input: Input): Done {
  const [program = '', ...rest] = words;
  const variant = iptablesVariant(program);
  if (variant?.restore === true) return restore(state, variant, rest, input);
  if (variant !== undefined) return runIptables(state.iptables, variant, rest, span);
  if (programName(program) === 'nft') return runNft(state, rest, span, input);
  return runIpCommand(state, rest, span, input);
}

function restore(
  state: ScriptState,
  { family, frontend }: Variant,
  words: readonly string[],
  given: Input,
): Done {
  const input = given ?? words.map((word) => state.rulesIn(word)).find((text) => text !== undefined);
  if (input === undefined) return { message: 'the rules it loads are in another file; name that one' };
  if (typeof input === 'string') return { message: input };
  if (words.some((word) => word === '--test' || word === '-t')) return 'done';
  const keep = words.some((word) => word === '-n' || word === '--noflush');
  return state.iptables.restore({ family, frontend }, input.text, keep, input.place);
}
