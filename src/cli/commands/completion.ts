import type { Command } from '../command.ts';
import { completionScript } from '../completion-script.ts';
import { COMMANDS } from '../registry.ts';

export const completion: Command = {
  name: 'completion',
  summary: 'print the completion script for bash',
  description: [
    'Prints a script that completes commands, options and their values. Packages put it where bash looks for it; on other machines, load it from ~/.bashrc.',
  ],
  positionals: [],
  options: {},
  examples: [
    {
      line: 'polywan completion > /etc/bash_completion.d/polywan',
      describe: 'for everyone, from the next login',
    },
    { line: '. <(polywan completion)', describe: 'for this shell' },
  ],
  run: async (_args, { host }) => {
    const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
    host.stdout.write(completionScript(commands));
    return 0;
  },
};
