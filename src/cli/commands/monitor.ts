import { withMachine } from '../../apply/machine.ts';
import { Refusal } from '../../apply/refusal.ts';
import { textOption } from '../arguments.ts';
import type { Command } from '../command.ts';
import { useNamedFile } from '../input/use-named-file.ts';
import { loadSite } from '../load-site.ts';
import { parseListenAddress } from '../monitor/listen-address.ts';
import { openRecording } from '../monitor/open-recording.ts';
import { runDaemon } from '../monitor/run-daemon.ts';

export const monitor: Command = {
  name: 'monitor',
  summary: 'watch every WAN, move traffic when one fails, and put back what others take away',
  description: [
    'Runs until it is stopped. It applies the site, probes every WAN bound to its interface and mark, decides which are well, and keeps the kernel at what the site wants under that health. Connections of a WAN that failed are reset as its policies say; all others are not touched. Gateways and addresses that change are followed, and what other programs take away is put back within a second.',
    'A WAN without probes is judged by its link, its addresses and its gateway alone. The thresholds of every WAN are its profile’s health: see polywan.yaml(5).',
    'SIGHUP reads the site again; a bad file leaves everything as it is. After polywan rollback it goes on with the site of before, and takes the rejected one up when it is written again or asked for. Of the site before an apply that still waits for its confirmation when the monitor starts it knows nothing: with the rollback it ends. SIGTERM and SIGINT end it, and leave the routing as it is: forwarding never waits for this program. Started again it adopts what it finds.',
    'status, log and wan talk to it. As a service of systemd it tells when it is ready and feeds the watchdog, and its lines carry priorities for the journal.',
  ],
  positionals: [],
  options: {
    'watch-config': { type: 'boolean', describe: 'reload when the site or one of its profiles is written' },
    record: {
      type: 'string',
      valueName: 'FILE',
      describe:
        'keep every probe and event in FILE, at most 16 MiB of them, for polywan replay; its folder is made when it is not there',
    },
    metrics: {
      type: 'string',
      valueName: 'ADDRESS:PORT',
      describe: 'answer Prometheus there, at /metrics',
    },
  },
  examples: [
    { line: 'polywan monitor', describe: 'in a terminal, to see what it does' },
    {
      line: 'polywan monitor --watch-config --metrics 127.0.0.1:9765',
      describe: 'reloading by itself, scraped by Prometheus',
    },
    {
      line: 'polywan monitor --record /var/lib/polywan/events',
      describe: 'to try other thresholds on this later',
    },
  ],
  run: async (args, context) => {
    const { host } = context;
    const site = loadSite(args, context);
    if (site === undefined) return 2;
    if (!host.isRoot()) throw new Refusal('run as root: monitor changes routes and rules');
    const metrics = textOption(args, 'metrics');
    const record = textOption(args, 'record');
    const options = {
      watchConfig: args['watch-config'] === true,
      ...(metrics === undefined ? {} : { metrics: parseListenAddress(metrics) }),
      ...(record === undefined ? {} : { recording: useNamedFile(host, () => openRecording(host, record)) }),
    };
    await withMachine(host, (machine) => runDaemon(machine, site, options));
    return 0;
  },
};
