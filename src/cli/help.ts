import type { Command, OptionSpec, PositionalSpec } from './command.ts';
import { table } from './format/table.ts';
import { wrap } from './format/wrap.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import type { CommandEntry } from './registry.ts';

const INDENT = '  ';

/** `-c, --config FILE`, as help, man page and completion show it. */
export function optionForm(name: string, spec: OptionSpec): string {
  const value = spec.type === 'boolean' ? '' : ` ${spec.valueName ?? spec.choices?.join('|') ?? 'VALUE'}`;
  return `${spec.alias === undefined ? '' : `-${spec.alias}, `}--${name}${value}`;
}

/** The description with what the table knows besides. */
export function optionText(spec: OptionSpec): string {
  const choices = spec.choices === undefined ? [] : [`one of ${spec.choices.join(', ')}`];
  const initial =
    spec.default === undefined || spec.default === false ? [] : [`default ${String(spec.default)}`];
  const notes = [...choices, ...initial].join('; ');
  return notes === '' ? spec.describe : `${spec.describe} (${notes})`;
}

/** `[PATH...]` */
export function positionalForm({ name, required, variadic }: PositionalSpec): string {
  const word = `${name.toUpperCase()}${variadic ? '...' : ''}`;
  return required ? word : `[${word}]`;
}

export function usageLine(command: Command): string {
  return ['polywan', command.name, '[options]', ...command.positionals.map(positionalForm)].join(' ');
}

export function visibleOptions(
  options: Readonly<Record<string, OptionSpec>>,
): readonly (readonly [string, OptionSpec])[] {
  return Object.entries(options).filter(([, spec]) => spec.hidden !== true);
}

/** `polywan --help`. */
export function overviewHelp(entries: readonly CommandEntry[], width: number): string {
  return [
    'polywan: several internet uplinks on one Linux router\n',
    'Usage: polywan COMMAND [options]\n',
    section(
      'Commands',
      rows(
        entries.map(({ name, summary }) => [name, summary] as const),
        width,
      ),
    ),
    section('Options', optionRows(GLOBAL_OPTIONS, width)),
    section(
      'Examples',
      rows(
        [
          ['polywan init', 'write a first site from what this machine has'],
          ['polywan plan', 'see what apply would change'],
          ['polywan apply --confirm 60s', 'apply, and go back unless confirmed in time'],
          ['polywan COMMAND --help', 'how one command is used'],
        ],
        width,
      ),
    ),
  ].join('\n');
}

/** `polywan COMMAND --help`. */
export function commandHelp(command: Command, width: number): string {
  const paragraphs = command.description.map((text) => `${wrap(text, width).join('\n')}\n`);
  const words = command.positionals.map((spec) => [positionalForm(spec), spec.describe] as const);
  const examples = command.examples.map(({ line, describe }) => [line, describe] as const);
  return [
    `${wrap(`polywan ${command.name}: ${command.summary}`, width).join('\n')}\n`,
    `Usage: ${usageLine(command)}\n`,
    ...paragraphs,
    ...(words.length === 0 ? [] : [section('Arguments', rows(words, width))]),
    section('Options', optionRows({ ...command.options, ...GLOBAL_OPTIONS }, width)),
    ...(examples.length === 0 ? [] : [section('Examples', exampleText(examples, width))]),
  ].join('\n');
}

function section(title: string, body: string): string {
  return `${title}:\n${body}`;
}

function optionRows(options: Readonly<Record<string, OptionSpec>>, width: number): string {
  return rows(
    visibleOptions(options).map(([name, spec]) => [optionForm(name, spec), optionText(spec)] as const),
    width,
  );
}

function rows(pairs: readonly (readonly [string, string])[], width: number): string {
  return indent(table(pairs, width - INDENT.length));
}

/** Beside each other where they fit, else each under its line: command lines are never broken. */
function exampleText(pairs: readonly (readonly [string, string])[], width: number): string {
  const widest = Math.max(...pairs.map(([line]) => line.length));
  if (widest <= width / 2) return rows(pairs, width);
  return pairs
    .map(
      ([line, describe]) =>
        `${INDENT}${line}\n${indent(indent(`${wrap(describe, width - 4).join('\n')}\n`))}`,
    )
    .join('');
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, INDENT);
}
