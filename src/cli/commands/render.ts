import { withMachine } from '../../apply/machine.ts';
import { observeRouting } from '../../apply/observe.ts';
import { readForeignTableNames } from '../../apply/owned-files.ts';
import { render as renderState } from '../../apply/render.ts';
import { readSysctls, sysctlKeys } from '../../apply/sysctl.ts';
import type { Backend, Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import { EMPTY_STATE, type KernelState } from '../../kernel/state.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/health-of.ts';
import { listOption, textOption } from '../arguments.ts';
import type { Arguments, Command } from '../command.ts';
import { formatWarnings } from '../format/warnings.ts';
import { loadSite } from '../load-site.ts';
import { DOWN_OPTION, wishOf } from '../wish.ts';

export const render: Command = {
  name: 'render',
  summary: 'print what ip, nft or iptables and sysctl would be fed',
  description: [
    'Prints the texts apply would feed to ip -batch, nft -f or iptables-restore, and sysctl, and the files it would write, for a machine that has nothing of them yet. It needs neither root nor the router.',
    'Without --live nothing of this machine is read: every interface is taken to be there, and what only the router knows (gateway: auto, its own addresses) is left out with a warning. The backend is the site’s, nftables where it says auto.',
  ],
  positionals: [],
  options: {
    backend: {
      type: 'string',
      choices: ['nftables', 'iptables'],
      valueName: 'BACKEND',
      describe: 'print for this backend',
    },
    live: { type: 'boolean', describe: 'read links, addresses, routes and sysctls of this machine' },
    json: { type: 'boolean', describe: 'print the texts as JSON' },
    down: DOWN_OPTION,
  },
  examples: [
    { line: 'polywan render', describe: 'see every rule before the first apply' },
    { line: 'polywan render --backend iptables', describe: 'the same for iptables' },
    { line: 'polywan render --live', describe: 'with the gateways this machine has now' },
  ],
  run: async (args, context) => {
    const site = loadSite(args, context);
    if (site === undefined) return 2;
    const { host } = context;
    const facts = args.live === true ? await liveFacts(host, site) : assumedFacts(site);
    const plan = compile(site, facts, inputOf(site, args));
    host.stderr.write(formatWarnings(plan.warnings));
    const parts = renderState(plan.desired);
    if (args.json === true) host.stdout.write(`${JSON.stringify(parts, null, 2)}\n`);
    else host.stdout.write(parts.map(({ fedTo, text }) => `# --- ${fedTo}\n${text}`).join('\n'));
    return 0;
  },
};

function inputOf(site: Site, args: Arguments) {
  wishOf(site, args);
  const forced = textOption(args, 'backend') as Backend | undefined;
  const health = healthOf(listOption(args, 'down'));
  const backend = forced ?? (site.backend === 'auto' ? 'nftables' : site.backend);
  return { backend, health, allocation: { slots: {} } };
}

async function liveFacts(host: Host, site: Site): Promise<KernelState> {
  const facts = await withMachine(host, observeRouting);
  return {
    ...facts,
    sysctls: readSysctls(host, sysctlKeys(site.wans.map((wan) => wan.interface))),
    files: readForeignTableNames(host),
  };
}

/** A router on which every interface of the site is there and up, and of which nothing else is known. */
function assumedFacts(site: Site): KernelState {
  const inside = site.lan.map((name) => name.replace(/\+$/, '0'));
  const names = [...new Set([...site.wans.map((wan) => wan.interface), ...inside])];
  const links = names.map((name, at) => ({
    // lo is 1 everywhere.
    index: at + 2,
    name,
    up: true,
    carrier: true,
    mtu: 1500,
    pointToPoint: false,
  }));
  return { ...EMPTY_STATE, links };
}
