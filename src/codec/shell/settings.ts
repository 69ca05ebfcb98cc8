import { bare } from './assigned.ts';
import { DECLARATIONS } from './declarations.ts';
import type { WordToken } from './lex.ts';
import { parseShell } from './parse.ts';
import type { ScriptRun } from './script-run.ts';
import { assignTo, declare } from './set-variables.ts';
import type { Pipeline, Simple } from './tree.ts';
import { expandWord, type Variables } from './variables.ts';

/**
 * Takes in a file that gives variables values and does nothing else, as `. ./network.conf` does. False: it does more, or
 * there is none beside the script.
 */
export function takeSettings({ words }: Simple, run: ScriptRun): boolean {
  const name = fileName(words[1], run.variables);
  const text = name === undefined ? undefined : run.state.around.settingsOf(name);
  if (text === undefined) return false;
  const settings = parseShell(text).map(settingIn);
  if (!settings.every((setting) => setting !== undefined)) return false;
  for (const setting of settings) {
    if (setting.words.length > 0) declare(setting, run);
    else for (const assignment of setting.assignments) assignTo(assignment, run.variables);
  }
  return true;
}

function settingIn({ connector, negated, commands: [only, more] }: Pipeline): Simple | undefined {
  if (connector !== '' || negated || more !== undefined || only?.kind !== 'simple') return undefined;
  const [first] = only.words;
  return first === undefined || DECLARATIONS.has(bare(first)) ? only : undefined;
}

/** Without its folder, which a script often asks for: `$(dirname "$0")/network.conf`. */
function fileName(word: WordToken | undefined, variables: Variables): string | undefined {
  if (word === undefined) return undefined;
  const expanded = expandWord(word, variables);
  const last = word.parts.at(-1);
  const path =
    'words' in expanded
      ? expanded.words[0]
      : last?.kind === 'text' && last.text.includes('/')
        ? last.text
        : undefined;
  return path?.slice(path.lastIndexOf('/') + 1);
}
