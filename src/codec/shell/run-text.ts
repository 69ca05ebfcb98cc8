import { mayMatter } from './program.ts';
import type { ScriptRun } from './script-run.ts';
import type { Simple } from './tree.ts';
import { expandWords } from './variables.ts';

/** Commands whose words, or the file that they name, are more of the script. */
export const RUNS_TEXT = /^(?:eval|\.|source)$/;

/** What Debian, Red Hat and OpenWrt have for scripts to take in: functions that say something and look things up. */
const LIBRARY =
  /^(?:(?:\/usr)?\/lib\/lsb\/init-functions|\/etc\/(?:rc\.d\/)?init\.d\/functions|\/lib\/functions(?:\/[\w-]+)?\.sh)$/;

/** Whether what such a command takes in may hold a command that matters. */
export function mayRunText({ words }: Simple, run: ScriptRun): boolean {
  const expanded = expandWords(words, run.variables);
  if ('why' in expanded) return true;
  const [program, ...rest] = expanded.words;
  const text = rest.join(' ');
  if (program !== 'eval') return !LIBRARY.test(text);
  return mayMatter(text) || run.functions.has(/^\s*(\S*)/.exec(text)?.[1] ?? '');
}
