import { tableNames } from '../../kernel/table-names.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { listOption } from '../arguments.ts';
import type { Arguments, Command, Context } from '../command.ts';
import { formatTrace, nameDevices } from '../format/trace.ts';
import { printInputError } from '../input/input-error.ts';
import { configPath, loadSite } from '../load-site.ts';
import { FLOW_OPTIONS, flowOption } from '../model/flow-option.ts';
import { machineToTrace } from '../model/machine-to-trace.ts';
import { wansByDevice } from '../model/wans-by-device.ts';
import { UsageError } from '../usage-error.ts';

export const trace: Command = {
  name: 'trace',
  summary: 'follow a flow: which way it goes, why, and whether it stays there',
  description: [
    'Follows the packets of one flow: the first, one more before any reply, the reply, the next after it, and an ICMP error about the first; through all hooks, tables and chains, conntrack, NAT, policy rules and routes. It prints each rule that mattered with its place, marks before and after, the policy rule and the route that won and why those before did not, and the verdict in one sentence. What cannot be decided is followed both ways, and said.',
    'Without --on and --live it traces what the site plans: on this machine’s links and routes where it has the site’s interfaces, else on a router with addresses made up for it. Nothing of that needs root, and nothing is changed.',
    '--on takes a snapshot, or files and folders that together describe one machine: iptables-save and ip6tables-save, nft JSON and nft text (which nft itself loads in a network namespace of its own), ip rule and ip route, as printed or as JSON, ip address and ip link as JSON, sysctl, ipset save, rt_tables. What a file is, is told from what stands in it. ip route needs "show table all".',
  ],
  positionals: [],
  options: {
    ...FLOW_OPTIONS,
    on: {
      type: 'array',
      valueName: 'FILE',
      describe: 'trace in this snapshot, file or folder; may be repeated',
    },
    live: { type: 'boolean', describe: 'trace in what this machine has now' },
    down: {
      type: 'array',
      valueName: 'WAN',
      describe: 'as if this WAN, one family of it (WAN/ipv6) or this interface were down; may be repeated',
    },
    verbose: { type: 'boolean', alias: 'v', describe: 'print every step and every way' },
    json: { type: 'boolean', describe: 'print the whole trace as JSON' },
  },
  examples: [
    { line: 'polywan trace --dst 203.0.113.9', describe: 'a client’s HTTPS, by the site' },
    {
      line: 'polywan trace --src 192.0.2.10 --dst 203.0.113.9 --proto udp --down fiber',
      describe: 'with a WAN down',
    },
    { line: 'polywan trace --out --dst 203.0.113.9 --live', describe: 'the router’s own, as things are now' },
    {
      line: 'polywan trace --on rules.v4 --on routes.txt --in lan0 --dst 203.0.113.9',
      describe: 'in the files of another machine',
    },
  ],
  run: async (args, context) => {
    try {
      return await run(args, context);
    } catch (error) {
      return printInputError(error, context);
    }
  },
};

async function run(args: Arguments, context: Context) {
  const { host } = context;
  const on = listOption(args, 'on');
  const live = args.live === true;
  if (on.length > 0 && live) throw new UsageError('--on and --live are two different machines');
  if (args.out === true && args.in !== undefined)
    throw new UsageError('--in and --out exclude each other: what comes in is not the router’s own');
  const needed = on.length === 0 && !live;
  const site = needed || host.readFile(configPath(args)) !== undefined ? loadSite(args, context) : undefined;
  if (needed && site === undefined) return 2;
  const down = listOption(args, 'down');
  const machine = await machineToTrace(host, { on, live, down, ...(site === undefined ? {} : { site }) });
  const flow = flowOption(args, machine.state, site);
  const traced = traceFlow(machine.state, flow);
  if (typeof traced === 'string') throw new UsageError(traced);
  const wans = wansByDevice(site, machine.state);
  if (args.json === true) {
    const summary = nameDevices(traced.summary, { wans });
    host.stdout.write(`${JSON.stringify({ ...traced, summary, notes: machine.notes }, null, 2)}\n`);
    return 0;
  }
  for (const note of machine.notes) host.stderr.write(`polywan: ${note}\n`);
  const { sources, state } = machine;
  const { columns: width } = host.stdout;
  const verbose = args.verbose === true;
  host.stdout.write(
    formatTrace(traced, { state, sources, wans, tableNames: tableNames(state), verbose, width }),
  );
  return 0;
}
