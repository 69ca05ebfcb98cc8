import { addressBits, type Family, ipVersion } from '../../net/family.ts';
import { formatPrefix, networkOf, type Prefix, parseAddress } from '../../net/prefix.ts';
import { TableNames } from '../ip-names.ts';
import { Interpreter } from '../shell/interpreter.ts';
import { parseShell } from '../shell/parse.ts';
import type { Place } from '../shell/place.ts';
import { ScriptRun } from '../shell/script-run.ts';
import { ALONE, type Around, type ScriptRead, ScriptState } from '../shell/script-state.ts';

/**
 * A command that a shell of its own runs when an interface comes up, as the interface's configuration says; or one that
 * would do what the configuration has done without a shell.
 */
export interface Hook {
  readonly text: string;
  /** Where the command begins in the text, at whose end it ends. */
  readonly from: number;
  /** Where all of it is told, where the text is not the file's. */
  readonly within?: Place;
  /** Those the shell gets; undefined: it gets it, and nobody knows with what value. */
  readonly variables: ReadonlyMap<string, string | undefined>;
  /** It stands in the file, and does not just come with an address or a gateway. */
  readonly isWritten: boolean;
}

export interface HookFile {
  readonly file: string;
  readonly hooks: readonly Hook[];
}

/** What the hooks of all interfaces together make of a machine that had no rules before. */
export function readHooks(
  files: readonly HookFile[],
  names = new TableNames(),
  around: Around = ALONE,
): ScriptRead {
  const state = new ScriptState(names, around);
  for (const { file, hooks } of files)
    for (const { text, from, within, variables } of hooks) {
      const run = new ScriptRun(file, text, state, within);
      run.variables = new Map(variables);
      new Interpreter(run).list(parseShell(text, from));
    }
  return state.result();
}

export function commandOf({ text, from }: Hook): string {
  return text.slice(from);
}

/** A command of ip that does what the configuration says at this place. */
export function ipHook(family: Family, command: string, within: Place, isWritten: boolean): Hook {
  const text = `ip -${ipVersion(family)} ${command}`;
  return { text, from: 0, within, variables: new Map(), isWritten };
}

/** The route to the network of an address that an interface gets. */
export function networkHook(own: Prefix | undefined, device: string, within: Place): readonly Hook[] {
  if (own === undefined || own.length === addressBits(own.family)) return [];
  const route = `${formatPrefix(networkOf(own))} dev ${device} src ${own.address}`;
  return [ipHook(own.family, `route add ${route}`, within, false)];
}

/** The default route by an interface's gateway; `more` is what stands behind. */
export function gatewayHook(gateway: string, device: string, within: Place, more = ''): readonly Hook[] {
  const to = parseAddress(gateway);
  if (to === undefined) return [];
  return [ipHook(to.family, `route add default via ${to.address} dev ${device}${more}`, within, false)];
}

/** The words of ip for those keys that have a value. */
export function wordsFor(
  words: Readonly<Record<string, string>>,
  textOf: (key: string) => string | undefined,
): readonly string[] {
  return Object.entries(words).flatMap(([key, word]) => {
    const value = textOf(key);
    return value === undefined ? [] : [word, value];
  });
}

/** A type of service is decimal there, and hexadecimal for ip, however it is written. */
export function tosWords(value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  const tos = Number(value);
  return ['tos', Number.isInteger(tos) ? `0x${tos.toString(16)}` : value];
}
