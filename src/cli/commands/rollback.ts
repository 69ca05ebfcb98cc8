import { describeLost } from '../../apply/unwritable.ts';
import { rollback as goBack, watchWindow } from '../../apply/window.ts';
import { textOption } from '../arguments.ts';
import type { Command } from '../command.ts';
import { summarizeChanges } from '../format/changes.ts';

export const rollback: Command = {
  name: 'rollback',
  summary: 'go back to before an apply that is not confirmed, or was cut off',
  description: [
    'Goes back to the state before an apply with --confirm whose time still runs, or before a run that was killed in the middle. Exits with 1 when there is nothing to go back to.',
  ],
  positionals: [],
  options: {
    'when-due': {
      type: 'string',
      valueName: 'TOKEN',
      describe: 'wait for the end of this window',
      hidden: true,
    },
  },
  examples: [{ line: 'polywan rollback', describe: 'do not wait for the time to run out' }],
  run: async (args, { host }) => {
    const token = textOption(args, 'when-due');
    if (token !== undefined) {
      await watchWindow(host, token);
      return 0;
    }
    const back = await goBack(host);
    if (back === undefined) host.stdout.write('nothing to go back to\n');
    else {
      const done = summarizeChanges(back.changes) || 'it was still there';
      host.stdout.write(`back to the state before: ${done}${describeLost(back.lost)}\n`);
    }
    return back === undefined ? 1 : 0;
  },
};
