import { confirmWindow } from '../../apply/window.ts';
import type { Command } from '../command.ts';

export const confirm: Command = {
  name: 'confirm',
  summary: 'keep what apply --confirm has changed',
  description: [
    'Ends the time in which an apply with --confirm would be taken back. Exits with 1 when none is open.',
  ],
  positionals: [],
  options: {},
  examples: [{ line: 'polywan confirm', describe: 'it works: keep it' }],
  run: async (_args, { host }) => {
    const isOpen = await confirmWindow(host);
    host.stdout.write(isOpen ? 'confirmed\n' : 'no apply waits for confirmation\n');
    return isOpen ? 0 : 1;
  },
};
