import type { Command, OptionSpec } from '../command.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';
import { optionForm, optionText, positionalForm, visibleOptions } from '../help.ts';
import { EXIT_CODES, HEAD, TAIL } from './prose.ts';
import { literal, roff } from './roff.ts';

/** The page polywan(8) as mdoc(7) source: what every command takes is the commands' own tables. */
export function commandPage(commands: readonly Command[]): string {
  return [
    HEAD,
    '.Sh COMMANDS',
    ...commands.flatMap(commandSection),
    '.Sh OPTIONS OF EVERY COMMAND',
    ...optionList(GLOBAL_OPTIONS),
    '.Sh EXIT STATUS',
    '.Bl -tag -width Ds',
    ...EXIT_CODES.map(({ code, meaning }) => `.It ${code}\n${roff(meaning)}`),
    '.El',
    TAIL,
    '',
  ].join('\n');
}

function commandSection(command: Command): string[] {
  const words = command.positionals.map(positionalForm).join(' ');
  return [
    `.Ss polywan ${roff(command.name)}${words === '' ? '' : ` ${roff(words)}`}`,
    ...command.description.flatMap((paragraph, at) => [...(at === 0 ? [] : ['.Pp']), roff(paragraph)]),
    ...positionalList(command),
    ...optionList(command.options),
    ...exampleList(command),
  ];
}

function positionalList({ positionals }: Command): string[] {
  if (positionals.length === 0) return [];
  const items = positionals.map((spec) => `.It ${roff(positionalForm(spec))}\n${roff(spec.describe)}.`);
  return ['.Bl -tag -width Ds', ...items, '.El'];
}

function optionList(options: Readonly<Record<string, OptionSpec>>): string[] {
  const visible = visibleOptions(options);
  if (visible.length === 0) return [];
  const items = visible.map(
    ([name, spec]) => `.It Sy ${roff(optionForm(name, spec))}\n${roff(optionText(spec))}.`,
  );
  return ['.Bl -tag -width Ds', ...items, '.El'];
}

function exampleList({ examples }: Command): string[] {
  if (examples.length === 0) return [];
  const items = examples.map(({ line, describe }) => `.It Li ${quoted(line)}\n${roff(describe)}`);
  return ['.Pp', 'Examples:', '.Bl -tag -width Ds', ...items, '.El'];
}

/** One macro argument, however many words it has. */
function quoted(text: string): string {
  return `"${literal(text).replaceAll('"', '""')}"`;
}
