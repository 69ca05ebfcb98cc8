import { parseArgs } from 'node:util';
import { nearest } from '../config/nearest.ts';
import type { Arguments, Command, OptionSpec, PositionalSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { UsageError } from './usage-error.ts';

type Signature = Pick<Command, 'positionals' | 'options'>;

type Token = ReturnType<typeof tokensOf>[number];
type OptionToken = Extract<Token, { readonly kind: 'option' }>;

/** The words after the command's name, read by its tables. Throws UsageError. */
export function parseArguments(signature: Signature, words: readonly string[]): Arguments {
  const options = { ...signature.options, ...GLOBAL_OPTIONS };
  const tokens = tokensOf(options, words);
  const given = tokens.filter((token) => token.kind === 'option');
  refuseUnknown(options, given);
  const plain = tokens.filter((token) => token.kind === 'positional').map(({ value }) => value);
  return { ...readOptions(options, given), ...namePositionals(signature.positionals, plain) };
}

/** One spelling of each option: what is not in its table comes out by the name it was given, for the caller to refuse. */
function tokensOf(options: Readonly<Record<string, OptionSpec>>, words: readonly string[]) {
  const spellings = Object.entries(options).map(([name, { type, alias }]) => {
    const spelling = { type: type === 'boolean' ? type : 'string', multiple: true } as const;
    return [name, alias === undefined ? spelling : { ...spelling, short: alias }] as const;
  });
  const config = { strict: false, allowPositionals: true, tokens: true } as const;
  return parseArgs({ ...config, args: [...words], options: Object.fromEntries(spellings) }).tokens;
}

function refuseUnknown(options: Readonly<Record<string, OptionSpec>>, given: readonly OptionToken[]): void {
  const unknown = given.find(({ name }) => !Object.hasOwn(options, name));
  if (unknown === undefined) return;
  const visible = Object.keys(options).filter((name) => options[name]?.hidden !== true);
  const meant = unknown.name.length > 1 ? nearest(unknown.name, visible) : undefined;
  throw new UsageError(
    `unknown option ${dashed(unknown.name)}${meant === undefined ? '' : `; did you mean ${dashed(meant)}?`}`,
  );
}

/** A list keeps every value it was given; any other option that is given twice has the last one's. */
function readOptions(
  options: Readonly<Record<string, OptionSpec>>,
  given: readonly OptionToken[],
): Arguments {
  const named = Object.entries(options).map(([name, spec]) => {
    const values = given.filter((token) => token.name === name).map((token) => readOption(spec, token));
    return [name, spec.type === 'array' && values.length > 0 ? values : (values.at(-1) ?? spec.default)];
  });
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

function readOption(spec: OptionSpec, token: OptionToken): string | number | boolean {
  if (spec.type === 'boolean') {
    if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
    return true;
  }
  const value = wordOf(token);
  if (spec.type === 'number' && !Number.isFinite(Number(value)))
    throw new UsageError(`${token.rawName} needs a number`);
  refuseChoice(token.rawName, spec.choices, value);
  return spec.type === 'number' ? Number(value) : value;
}

/** The word that belongs to an option: `-n5` and `-n=5` are `-n 5`. The next option is no value, a negative number is. */
function wordOf({ rawName, value = '', inlineValue }: OptionToken): string {
  const isNextOption = inlineValue !== true && /^-[^\d]/.test(value);
  const word = rawName.startsWith('--') || inlineValue !== true ? value : value.replace(/^=/, '');
  if (isNextOption || word.trim() === '') throw new UsageError(`${rawName} needs a value`);
  return word;
}

function refuseChoice(name: string, choices: readonly string[] | undefined, word: string): void {
  if (choices === undefined || choices.includes(word)) return;
  const meant = nearest(word, choices);
  const hint = meant === undefined ? `one of ${choices.join(', ')}` : `did you mean ${meant}?`;
  throw new UsageError(`${name} cannot be ${JSON.stringify(word)}; ${hint}`);
}

function namePositionals(specs: readonly PositionalSpec[], words: readonly string[]): Arguments {
  const named: Record<string, string | readonly string[]> = {};
  if (words.some((word) => word.trim() === '')) throw new UsageError('an argument is empty');
  let at = 0;
  for (const { name, describe, required, variadic } of specs) {
    const word = words[at];
    if (word === undefined && required) throw new UsageError(`${name} is missing: ${describe}`);
    if (variadic) named[name] = words.slice(at);
    else if (word !== undefined) named[name] = word;
    at = variadic ? words.length : at + 1;
  }
  const extra = words[at];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  return named;
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
