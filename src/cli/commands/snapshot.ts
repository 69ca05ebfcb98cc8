import { observeEverything, unseenHere } from '../../apply/observe-everything.ts';
import { Refusal } from '../../apply/refusal.ts';
import { maskState } from '../../codec/mask-state.ts';
import { writeSnapshot } from '../../codec/snapshot.ts';
import type { KernelState } from '../../kernel/state.ts';
import { textOption } from '../arguments.ts';
import type { Command } from '../command.ts';
import { VERSION } from '../version.ts';

/** Addresses and names of the inside: for the owner alone. */
const MODE = 0o600;

export const snapshot: Command = {
  name: 'snapshot',
  summary: 'write this machine’s routing and firewall state as one JSON file',
  description: [
    'Reads links, addresses, policy rules, the routes of all tables, the whole nft ruleset, the tables of both iptables front ends, ipsets, the sysctls that matter and how full the table of connections is, for both families, and writes them as one JSON document. Nothing is changed.',
    'trace and plan take it with --on, and lint as a file, on any machine and without root, and answer as they would here.',
    'With --mask each public address becomes a documentation address (RFC 5737 and 3849, then 240.0.0.0/4), always the same one, and networks stay networks: rules and routes decide as before. Keys become names. Private addresses, MACs, names of interfaces and comments stay.',
  ],
  positionals: [],
  options: {
    output: { type: 'string', alias: 'o', valueName: 'FILE', describe: 'write to this file' },
    mask: { type: 'boolean', describe: 'hide public addresses and keys, to show it to others' },
  },
  examples: [
    { line: 'polywan snapshot -o router.json', describe: 'to look at it on another machine' },
    { line: 'polywan snapshot --mask -o report.json', describe: 'to attach it to a bug report' },
  ],
  run: async (args, { host }) => {
    const masked = args.mask === true;
    const observed = await observeEverything(host);
    const text = writeSnapshot({ polywan: VERSION, masked }, masked ? mask(observed) : observed);
    const file = textOption(args, 'output');
    if (file === undefined) host.stdout.write(text);
    else host.writeFile(file, text, MODE);
    for (const note of unseenHere(host)) host.stderr.write(`polywan: ${note}\n`);
    return 0;
  },
};

function mask(state: KernelState): KernelState {
  const masked = maskState(state);
  if (masked === undefined)
    throw new Refusal('there are more public networks here than addresses to put in their place');
  return masked;
}
