import { describe, expect, it } from 'vitest';
import { commandHelp, overviewHelp } from '../../../src/cli/help.ts';
import { COMMANDS } from '../../../src/cli/registry.ts';

const commands = await Promise.all(COMMANDS.map(async (entry) => ({ entry, command: await entry.load() })));

describe.each(commands)('the command $entry.name', ({ entry, command }) => {
  it('says of itself what the overview says of it', () => {
    expect({ name: command.name, summary: command.summary }).toEqual({
      name: entry.name,
      summary: entry.summary,
    });
  });

  it('has a summary, a description and an example that calls it', () => {
    expect(command.summary).toMatch(/^[^A-Z\s].*[^.]$/);
    expect(command.description.join(' ')).not.toBe('');
    expect(command.examples.length).toBeGreaterThan(0);
    for (const { line } of command.examples) expect(line).toContain(`polywan ${command.name}`);
  });

  it('has help that fits 80 columns', () => {
    const tooLong = commandHelp(command, 80)
      .split('\n')
      .filter((line) => line.length > 80);
    expect(tooLong).toEqual([]);
  });

  it('takes no letter twice', () => {
    const letters = ['c', 'h', ...Object.values(command.options).flatMap(({ alias }) => alias ?? [])];
    expect(new Set(letters).size).toBe(letters.length);
  });
});

it('the overview fits 80 columns', () => {
  const lines = overviewHelp(COMMANDS, 80).split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});
