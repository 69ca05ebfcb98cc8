import parser from 'yargs-parser';
import { nearest } from '../config/nearest.ts';
import type { Arguments, Command, OptionSpec, PositionalSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { UsageError } from './usage-error.ts';

type Signature = Pick<Command, 'positionals' | 'options'>;

/** One spelling of each option: what is not in its table is refused, never guessed at. */
const PARSING = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'greedy-arrays': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'populate--': true,
  'strip-aliased': true,
};

/** The words after the command's name, read by its tables. Throws UsageError. */
export function parseArguments(signature: Signature, words: readonly string[]): Arguments {
  const options = { ...signature.options, ...GLOBAL_OPTIONS };
  const parsed = readWords(options, words);
  for (const [name, value] of Object.entries(parsed)) parsed[name] = lastOf(options[name], value);
  refuseUnknown(options, Object.keys(parsed));
  for (const [name, spec] of Object.entries(options)) refuseValue(name, spec, parsed[name]);
  const { _: plain, '--': rest, $0: _program, ...values } = parsed;
  return { ...values, ...namePositionals(signature.positionals, [...texts(plain), ...texts(rest)]) };
}

/** A list keeps every value it was given; any other option that is given twice has the last one's. */
function lastOf(spec: OptionSpec | undefined, value: Arguments[string]): Arguments[string] {
  return spec === undefined || spec.type === 'array' || !Array.isArray(value) ? value : value.at(-1);
}

function readWords(
  options: Readonly<Record<string, OptionSpec>>,
  words: readonly string[],
): Record<string, Arguments[string]> {
  const entries = Object.entries(options);
  const namesOf = (type: OptionSpec['type']) =>
    entries.filter(([, spec]) => spec.type === type).map(([name]) => name);
  const valued = entries.filter(([, spec]) => spec.type !== 'boolean');
  const { argv, error } = parser.detailed([...words], {
    string: namesOf('string'),
    boolean: namesOf('boolean'),
    number: namesOf('number'),
    array: namesOf('array'),
    alias: Object.fromEntries(entries.flatMap(([name, { alias }]) => (alias ? [[name, [alias]]] : []))),
    default: Object.fromEntries(
      entries.flatMap(([name, spec]) => (spec.default === undefined ? [] : [[name, spec.default]])),
    ),
    // As yargs says "needs a value": not a number of them.
    narg: Object.fromEntries(valued.map(([name]) => [name, Number.NaN])),
    configuration: PARSING,
  });
  if (error !== null) throw new UsageError(inWords(error.message));
  // The parser makes nothing else of the types above.
  return argv as Record<string, Arguments[string]>;
}

/** The parser's own words for the one mistake that is left to it: an option without its value. */
function inWords(message: string): string {
  const name = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  return name === undefined ? message : `${dashed(name)} needs a value`;
}

function refuseUnknown(options: Readonly<Record<string, OptionSpec>>, given: readonly string[]): void {
  const known = new Set([
    ...Object.keys(options),
    ...Object.values(options).flatMap(({ alias }) => alias ?? []),
    ...['_', '--', '$0'],
  ]);
  const unknown = given.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const visible = Object.keys(options).filter((name) => options[name]?.hidden !== true);
  const meant = unknown.length > 1 ? nearest(unknown, visible) : undefined;
  throw new UsageError(
    `unknown option ${dashed(unknown)}${meant === undefined ? '' : `; did you mean ${dashed(meant)}?`}`,
  );
}

function refuseValue(name: string, spec: OptionSpec, value: Arguments[string]): void {
  if (value === undefined) return;
  if (spec.type === 'number' && !Number.isFinite(value))
    throw new UsageError(`${dashed(name)} needs a number`);
  if (spec.type === 'string' && value === '') throw new UsageError(`${dashed(name)} needs a value`);
  for (const word of spec.choices === undefined ? [] : [value].flat()) {
    const choices = spec.choices ?? [];
    if (choices.includes(String(word))) continue;
    const meant = nearest(String(word), choices);
    const hint = meant === undefined ? `one of ${choices.join(', ')}` : `did you mean ${meant}?`;
    throw new UsageError(`${dashed(name)} cannot be ${JSON.stringify(word)}; ${hint}`);
  }
}

function namePositionals(specs: readonly PositionalSpec[], words: readonly string[]): Arguments {
  const named: Record<string, string | readonly string[]> = {};
  let at = 0;
  for (const { name, required, variadic } of specs) {
    const word = words[at];
    if (word === undefined && required) throw new UsageError(`${name} is missing`);
    if (variadic) named[name] = words.slice(at);
    else if (word !== undefined) named[name] = word;
    at = variadic ? words.length : at + 1;
  }
  const extra = words[at];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  return named;
}

function texts(value: Arguments[string]): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
