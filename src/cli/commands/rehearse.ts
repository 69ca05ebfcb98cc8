import type { Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import { applyInLab } from '../../lab/apply-in-lab.ts';
import { LabError } from '../../lab/lab-error.ts';
import { layOut } from '../../lab/layout.ts';
import { rehearse as rehearseSite } from '../../lab/rehearse.ts';
import type { PlanWarning } from '../../plan/plan.ts';
import type { Command, ExitCode } from '../command.ts';
import { formatRehearsal } from '../format/rehearsal.ts';
import { formatWarnings, warningsAsData } from '../format/warnings.ts';
import { loadSite } from '../load-site.ts';
import { assumedFacts } from '../model/assumed-facts.ts';
import { plannedState } from '../model/planned-state.ts';

export const rehearse: Command = {
  name: 'rehearse',
  summary: 'try the site with real packets in disposable network namespaces',
  description: [
    'Builds a router with the interfaces of the site, clients behind it, an ISP for every WAN and an internet, all in network namespaces of their own; applies the site in that router; and sends real packets: for each steering rule a flow that it takes, with nothing cut, with each WAN cut in turn, and with all of them cut. It calls every port forward from outside and from inside, counts how connections spread over weighted WANs, and sends the flow of every expect entry of the site with its WANs cut. Each answer is compared with what the site asks for. Warnings of plan follow.',
    'The machine itself is not touched, and nothing leaves it. Everything is taken away at the end, also after Ctrl-C. It needs root, nft and conntrack.',
    'Exits with 1 when something went another way than the site asks for, marked with !.',
  ],
  positionals: [],
  options: { json: { type: 'boolean', describe: 'print it as JSON' } },
  examples: [
    { line: 'polywan rehearse -c polywan.yaml', describe: 'before the first apply, on any machine' },
    { line: 'polywan rehearse --json', describe: 'for a program' },
  ],
  run: async (args, context) => {
    const { host } = context;
    const site = loadSite(args, context);
    if (site === undefined) return 2;
    if (!host.isRoot()) return refuse(host, 'rehearse makes network namespaces, which needs root');
    const missing = await missingTool(host);
    if (missing !== undefined) return refuse(host, `rehearse needs ${missing}, which is not installed`);
    try {
      const rehearsal = await rehearseSite(host, site, {
        apply: (lab, down) => applyInLab(host, lab, site.file, down),
        progress: (what) => showProgress(host, what),
      });
      showProgress(host, '');
      const warnings = warningsOf(site);
      if (args.json === true) {
        const data = { ...rehearsal, warnings: warningsAsData(warnings) };
        host.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
      } else {
        host.stdout.write(formatRehearsal(rehearsal, host.stdout.columns));
        host.stderr.write(formatWarnings(warnings));
      }
      return rehearsal.asPlanned ? 0 : 1;
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      showProgress(host, '');
      return refuse(host, error.message);
    }
  },
};

/** What plan warns of in the router that was rehearsed. */
function warningsOf(site: Site): readonly PlanWarning[] {
  return plannedState(site, assumedFacts(layOut(site).topology), []).plan.warnings;
}

function refuse(host: Host, sentence: string): ExitCode {
  host.stderr.write(`polywan: ${sentence}\n`);
  return 3;
}

/** Named by what people install, not by the program. */
async function missingTool(host: Host): Promise<string | undefined> {
  const probes: readonly (readonly [string, readonly string[], string])[] = [
    ['ip', ['-V'], 'iproute2'],
    ['nft', ['--version'], 'nftables'],
    ['conntrack', ['--version'], 'conntrack'],
    ['ping', ['-V'], 'iputils-ping'],
  ];
  const results = await Promise.all(probes.map(([program, words]) => host.run(program, words)));
  return probes.find((_, at) => results[at]?.missing === true)?.[2];
}

/** One line that the next overwrites; only on a terminal. */
function showProgress(host: Host, what: string): void {
  if (host.stderr.isTerminal) host.stderr.write(what === '' ? '\r\x1b[K' : `\r\x1b[K${what} ...`);
}
