import { programName } from './program-name.ts';

/** What stands behind a command's name, before the command that it starts. */
interface Prefix {
  /** Options whose value is the next word, unless it is joined to them. */
  readonly valued?: RegExp;
  /** Words before the command: a time, a file. */
  readonly words?: number;
  /** Behind this option the command is a text for a shell: `flock FILE -c TEXT`. */
  readonly text?: RegExp;
}

// biome-ignore format: a table reads better in rows
const PREFIXES: ReadonlyMap<string, Prefix> = new Map<string, Prefix>([
  ['builtin', {}], ['busybox', {}], ['command', {}], ['eval', {}], ['nohup', {}], ['setsid', {}],
  ['exec', { valued: /^-a$/ }],
  ['sudo', { valued: /^(?:-[CDghpRrTtUu]|--(?:chdir|chroot|close-from|group|host|prompt|role|type|user))$/ }],
  ['doas', { valued: /^-[Cu]$/ }],
  ['env', { valued: /^(?:-[Cu]|--(?:chdir|unset))$/ }],
  ['nice', { valued: /^(?:-n|--adjustment)$/ }],
  ['ionice', { valued: /^(?:-[cn]|--class|--classdata)$/ }],
  ['chrt', { valued: /^(?:-[DPT]|--sched-(?:deadline|period|runtime))$/, words: 1 }],
  ['timeout', { valued: /^(?:-[ks]|--(?:kill-after|signal))$/, words: 1 }],
  ['flock', { valued: /^(?:-[Ew]|--(?:conflict-exit-code|timeout|wait))$/, words: 1, text: /^(?:-c|--command)$/ }],
]);

/** The program's name and its words, without what only starts it. */
export function withoutPrefixes(words: readonly string[]): readonly string[] {
  let at = 0;
  for (;;) {
    const prefix = PREFIXES.get(programName(words[at] ?? ''));
    // `command -v` only says where a program is.
    if (prefix === undefined || (words[at] === 'command' && /^-[vV]$/.test(words[at + 1] ?? '')))
      return words.slice(at);
    at += 1;
    for (let word = words[at]; word !== undefined && /^-|^[A-Za-z_]\w*=/.test(word); word = words[at])
      at += prefix.valued?.test(word) === true ? 2 : 1;
    at += prefix.words ?? 0;
    if (prefix.text?.test(words[at] ?? '') === true) return ['sh', '-c', ...words.slice(at + 1)];
  }
}
