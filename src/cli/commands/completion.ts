import { readSiteHere } from '../../apply/read-site-here.ts';
import { type Host, HostError } from '../../host/host.ts';
import type { Arguments, Command } from '../command.ts';
import { completionScript } from '../completion-script.ts';
import { configPath } from '../load-site.ts';
import { COMMANDS } from '../registry.ts';

export const completion: Command = {
  name: 'completion',
  summary: 'print the completion script for bash',
  description: [
    'Prints a script that completes commands, options and their values, and the names of the WANs of the site. Packages put it where bash looks for it; on other machines, load it from ~/.bashrc.',
  ],
  positionals: [],
  options: {
    wans: { type: 'boolean', describe: 'print the names of the WANs, for the script', hidden: true },
  },
  examples: [
    {
      line: 'polywan completion > /etc/bash_completion.d/polywan',
      describe: 'for everyone, from the next login',
    },
    { line: '. <(polywan completion)', describe: 'for this shell' },
  ],
  run: async (args, { host }) => {
    if (args.wans === true) {
      host.stdout.write(
        wanNames(args, host)
          .map((name) => `${name}\n`)
          .join(''),
      );
      return 0;
    }
    const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
    host.stdout.write(completionScript(commands));
    return 0;
  },
};

/** None of a site that cannot be used: who is in the middle of a line is told nothing. */
function wanNames(args: Arguments, host: Host): readonly string[] {
  try {
    return readSiteHere(host, configPath(args)).site?.wans.map(({ name }) => name) ?? [];
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return [];
  }
}
