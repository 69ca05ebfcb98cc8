import { withLock } from '../../apply/lock.ts';
import { withMachine } from '../../apply/machine.ts';
import { remove as removeAll } from '../../apply/remove.ts';
import { removeStateDir } from '../../apply/state-dir.ts';
import type { Command } from '../command.ts';
import { changesAsData, nameChanges } from '../format/changes.ts';
import { lines } from '../format/text-lines.ts';

export const remove: Command = {
  name: 'remove',
  summary: 'take away everything polywan owns, and nothing else',
  description: [
    'Takes away polywan’s policy rules and routes (protocol 87), its nft table, its iptables chains and ipsets, and its files. Sysctls go back to what they were, unless another program has changed them since. It needs no site.',
  ],
  positionals: [],
  options: { json: { type: 'boolean', describe: 'print what was taken away as JSON' } },
  examples: [{ line: 'polywan remove', describe: 'leave the machine as it was before polywan' }],
  run: async (args, { host }) => {
    const changes = await withLock(host, 'remove', () => withMachine(host, removeAll));
    removeStateDir(host);
    if (args.json === true)
      host.stdout.write(`${JSON.stringify({ changes: changesAsData(changes) }, null, 2)}\n`);
    else if (changes.length === 0) host.stdout.write('nothing of polywan is on this machine\n');
    else host.stdout.write(lines(`removed: ${nameChanges(changes)}`, '', host.stdout.columns));
    return 0;
  },
};
