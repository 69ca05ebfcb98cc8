import { withMachine } from '../../apply/machine.ts';
import { startDaemon } from '../../monitor/daemon.ts';
import type { Command } from '../command.ts';
import { loadSite } from '../load-site.ts';
import { sayNotice } from '../monitor/say-notice.ts';

export const monitor: Command = {
  name: 'monitor',
  summary: 'watch every WAN, move traffic when one fails, and put back what others take away',
  description: [
    'Runs until it is stopped. It applies the site, probes every WAN, decides which are well, and keeps the kernel at what the site wants under that health. Connections of a WAN that failed are reset, others are not touched.',
    'SIGHUP reads the site again. When it ends, the routing stays as it is.',
  ],
  positionals: [],
  options: {
    'watch-config': { type: 'boolean', describe: 'reload when the site or a profile is written' },
  },
  examples: [{ line: 'polywan monitor', describe: 'in a terminal, to see what it does' }],
  run: async (args, context) => {
    const { host } = context;
    const site = loadSite(args, context);
    if (site === undefined) return 2;
    await withMachine(host, async (machine) => {
      const running = await startDaemon(machine, site, {
        watchConfig: args['watch-config'] === true,
        say: (notice) => host.stdout.write(`${sayNotice(notice).text}\n`),
      });
      const stopHangups = host.onSignal(['SIGHUP'], running.reload);
      const stopStops = host.onSignal(['SIGTERM', 'SIGINT'], (signal) => void running.stop(signal));
      await running.ended;
      stopHangups();
      stopStops();
    });
    return 0;
  },
};
