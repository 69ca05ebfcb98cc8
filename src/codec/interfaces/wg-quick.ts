import { beginsWithSection } from '../text-lines.ts';
import type { Hook } from './hooks.ts';

/** wg-quick(8): commands before and behind the start of the interface, which stand in its own section. */
const HOOK = /^([ \t]*(PreUp|PostUp)[ \t]*=[ \t]*)([^\n\r#]*)/gim;
const SECTION = /^[ \t]*\[Interface\][ \t]*\r?$/im;

/** wg-quick takes the interface's name from that of its file. */
const FILE_NAME = /(?:^|\/)([\w=+.-]{1,15})\.conf$/;

/** Whether a text is what wg-quick reads, with commands in it. */
export function isWgQuick(text: string): boolean {
  return beginsWithSection(text) && SECTION.test(text) && text.search(HOOK) !== -1;
}

/** `%i` is the interface; a template's own name does not tell which. */
export function wgQuickHooks(text: string, file: string): readonly Hook[] {
  const name = FILE_NAME.exec(file)?.[1];
  const found = [...text.matchAll(HOOK)];
  const ofKey = (wanted: string) => found.filter(([, , key = '']) => key.toLowerCase() === wanted);
  return [...ofKey('preup'), ...ofKey('postup')].map((match) => hookOf(text, match, name));
}

function hookOf(text: string, match: RegExpExecArray, name: string | undefined): Hook {
  const [all, key = '', , rest = ''] = match;
  const command = rest.trimEnd();
  const from = match.index + key.length;
  const end = from + command.length;
  const hook = { variables: new Map([['INTERFACE', name]]), isWritten: true };
  if (!command.includes('%i')) return { ...hook, text: text.slice(0, end), from };
  return {
    ...hook,
    text: command.replaceAll('%i', name ?? `\${INTERFACE}`),
    from: 0,
    within: { start: match.index + all.search(/\S/), end },
  };
}
