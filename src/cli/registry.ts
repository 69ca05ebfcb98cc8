import type { Command } from './command.ts';

/** A command as the overview shows it; its code is loaded when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** In the order of a first evening with polywan. A test compares names and summaries with the commands' own. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'write a commented site and profiles from what this machine has',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'lint',
    summary: 'check sites and profiles',
    load: async () => (await import('./commands/lint.ts')).lint,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a site or a profile',
    load: async () => (await import('./commands/schema.ts')).schema,
  },
  {
    name: 'completion',
    summary: 'print the completion script for bash',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];
