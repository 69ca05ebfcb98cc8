import type { Span } from '../../net/span.ts';
import type { HereText } from './here-document.ts';
import type { Done } from './iptables-builder.ts';
import type { ScriptState } from './script-state.ts';

/** Gathers nft commands for nft itself to read. */
export function runNft(
  state: ScriptState,
  words: readonly string[],
  span: Span,
  input: HereText | string | undefined,
): Done {
  const at = words.findIndex((word) => word === '-f' || word === '--file');
  if (words.some((word) => word === '-c' || word === '--check')) return 'done';
  if (at !== -1 || input !== undefined) return load(state, words[at + 1] ?? '-', input);
  const command = words.filter((word) => !/^-(?:[aensjNSptuy]+|-\w[\w-]*)$/.test(word)).join(' ');
  if (/^(?:monitor|describe|export)\b/.test(command)) return 'done';
  if (/^list\b/.test(command)) return list(state, command);
  for (const one of splitCommands(command)) {
    // What is not there cannot be taken away: nft says so, and the script goes on.
    const gone = /^(?:delete|destroy|flush)\s+(table(?:\s+\S+){1,2})/.exec(one)?.[1];
    if (gone !== undefined && !state.hasNft(gone)) continue;
    state.addNft(one, span);
  }
  return 'done';
}

/** Lists one object, or all there are. */
function list(state: ScriptState, command: string): Done {
  const [, kind, ...name] = command.split(/\s+/);
  if (!/^(?:table|chain|set|map|flowtable|counter)$/.test(kind ?? '') || name.length === 0) return 'done';
  if (state.hasNft([kind, ...name].join(' '))) return 'done';
  return kind !== 'table' && state.hasNftBlocks() ? 'open' : 'refused';
}

function load(state: ScriptState, file: string, given: HereText | string | undefined): Done {
  const input = file === '-' || file === '/dev/stdin' ? given : state.rulesIn(file);
  if (input === undefined)
    return {
      message: `the rules it loads are in ${file === '-' ? 'what comes through its input' : file}; name that one`,
    };
  if (typeof input === 'string') return { message: input };
  input.text
    .split('\n')
    .slice(0, input.lines.length)
    .forEach((line, at) => {
      const place = input.lines[at];
      if (place !== undefined) state.addNft(line, place);
    });
  return 'done';
}

/** At `;` outside of braces and quotes. */
function splitCommands(text: string): readonly string[] {
  const commands: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (sign === '{') depth += 1;
    else if (sign === '}') depth -= 1;
    else if (sign === ';' && depth <= 0) {
      commands.push(text.slice(from, at));
      from = at + 1;
    }
  }
  commands.push(text.slice(from));
  return commands.map((one) => one.trim()).filter((one) => one !== '');
}
