import type { Host } from '../../host/host.ts';
import { olderFile } from '../../monitor/record/older-file.ts';
import { readRecording } from '../../monitor/record/read-recording.ts';
import { replay as replayEntries } from '../../monitor/replay/replay.ts';
import type { Command } from '../command.ts';
import { formatReplay, replayAsData } from '../format/replay.ts';
import { useNamedFile } from '../input/use-named-file.ts';
import { loadSite } from '../load-site.ts';
import { UsageError } from '../usage-error.ts';

export const replay: Command = {
  name: 'replay',
  summary: 'run a recording of the monitor through other thresholds',
  description: [
    'Takes a file that polywan monitor --record has written, with FILE.1, the older half of a long recording, if it is there. It plays every probe, link, address and gateway of it to the site, as if the monitor had run with that site then, and prints the transitions side by side with those that happened, and for how long each WAN was down. Where the monitor was started again meanwhile, so is the one of the site.',
    'Times of probes are those recorded: an interval that differs from the recorded one is said and not followed. WANs and probes are found by their name and by what they ask. Nothing on this machine is read or changed.',
  ],
  positionals: [{ name: 'file', describe: 'the recording', required: true }],
  options: { json: { type: 'boolean', describe: 'print both courses as JSON' } },
  examples: [
    { line: 'polywan replay /var/lib/polywan/probes.rec', describe: 'under the site of this machine' },
    {
      line: 'polywan replay probes.rec -c trial/polywan.yaml',
      describe: 'would these thresholds have been better?',
    },
  ],
  run: async (args, context) => {
    const { host } = context;
    const file = String(args.file);
    const texts = useNamedFile(host, () => textsOf(host, file));
    const site = loadSite(args, context);
    if (site === undefined) return 2;
    const { entries, unreadable } = readRecording(texts);
    const course = replayEntries(entries, site);
    if (course === undefined) throw new UsageError(`${file} is no recording of polywan monitor`);
    if (unreadable > 0) host.stderr.write(`${file}: ${unreadable} ${lines(unreadable)} cannot be read\n`);
    if (args.json === true)
      host.stdout.write(`${JSON.stringify(replayAsData(course, unreadable), null, 2)}\n`);
    else host.stdout.write(formatReplay(course, host.stdout.columns));
    return 0;
  },
};

/** The older half first. */
function textsOf(host: Host, file: string): readonly string[] {
  const text = host.readFile(file);
  if (text === undefined) throw new UsageError(`no such file: ${file}`);
  return [host.readFile(olderFile(file)) ?? '', text];
}

function lines(count: number): string {
  return count === 1 ? 'line' : 'lines';
}
