import { installedFrontends } from '../../apply/iptables-program.ts';
import { withMachine } from '../../apply/machine.ts';
import { observe } from '../../apply/observe.ts';
import { KNOWN_FILES } from '../../apply/owned-files.ts';
import { readConntrackUse, readSysctls, sysctlKeys } from '../../apply/sysctl.ts';
import type { Host } from '../../host/host.ts';
import { textOption } from '../arguments.ts';
import type { Command } from '../command.ts';
import { VERSION } from '../version.ts';

/** Raised when a reader of an older one would misread it. */
const FORMAT = 1;

/** Addresses and names of the inside: for the owner alone. */
const MODE = 0o600;

export const snapshot: Command = {
  name: 'snapshot',
  summary: 'write this machine’s routing and firewall state as one JSON file',
  description: [
    'Reads links, addresses, policy rules, the routes of all tables, the whole nft ruleset, the tables of both iptables front ends, ipsets and the sysctls that matter, for both families, and writes them as one JSON document. Nothing is changed.',
  ],
  positionals: [],
  options: { output: { type: 'string', alias: 'o', valueName: 'FILE', describe: 'write to this file' } },
  examples: [{ line: 'polywan snapshot -o router.json', describe: 'to look at it on another machine' }],
  run: async (args, { host }) => {
    const state = await readEverything(host);
    const text = `${JSON.stringify({ polywan: VERSION, format: FORMAT, state }, null, 2)}\n`;
    const file = textOption(args, 'output');
    if (file === undefined) host.stdout.write(text);
    else host.writeFile(file, text, MODE);
    return 0;
  },
};

async function readEverything(host: Host) {
  const state = await withMachine(host, (machine) =>
    observe(machine, { nft: 'all', iptables: installedFrontends(host), sysctls: [], files: KNOWN_FILES }),
  );
  const conntrack = readConntrackUse(host);
  return {
    ...state,
    sysctls: readSysctls(host, sysctlKeys(state.links.map((link) => link.name))),
    ...(conntrack === undefined ? {} : { conntrack }),
  };
}
