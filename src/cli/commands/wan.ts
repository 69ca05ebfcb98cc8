import { Refusal } from '../../apply/refusal.ts';
import { unknownWan } from '../../config/unknown-wan.ts';
import { ask } from '../../monitor/control/ask.ts';
import type { AdminWord } from '../../monitor/event.ts';
import { noteWord } from '../../monitor/loop/memory.ts';
import type { Command } from '../command.ts';
import { silenceText } from '../format/no-monitor.ts';
import { loadSite } from '../load-site.ts';
import { UsageError } from '../usage-error.ts';

const WORDS: readonly string[] = ['up', 'down', 'auto'] satisfies readonly AdminWord[];

export const wan: Command = {
  name: 'wan',
  summary: 'say that a WAN is up or down, whatever its probes say, or leave it to them again',
  description: [
    'The monitor acts on it at once, and keeps to it until it is told auto, also when it is started again. down moves traffic away as a failure would; up keeps the WAN in use and does not wait for failback_after.',
    'Without a running monitor the word is kept for when one starts; nothing is changed until then. status shows it.',
  ],
  positionals: [
    { name: 'word', describe: 'up, down or auto', required: true, choices: WORDS },
    { name: 'wan', describe: 'name of the WAN', required: true },
  ],
  options: {},
  examples: [
    { line: 'polywan wan down lte', describe: 'before its antenna is moved' },
    { line: 'polywan wan auto lte', describe: 'and when it is back' },
  ],
  run: async (args, context) => {
    const { host } = context;
    const word = String(args.word);
    if (!isWord(word)) throw new UsageError(`${word} is none of up, down, auto`);
    const name = String(args.wan);
    const answer = await ask(host, { ask: 'wan', wan: name, word });
    if (answer?.answer === 'refused') throw new UsageError(answer.message);
    if (answer?.answer === 'none')
      throw new Refusal(
        `${silenceText(answer)}; nothing was changed. Say it again, or restart polywan-monitor`,
      );
    if (answer !== undefined) return 0;
    const site = loadSite(args, context);
    if (site === undefined) return 2;
    const known = site.wans.map((each) => each.name);
    if (!known.includes(name)) throw new UsageError(unknownWan(name, known));
    noteWord(host, name, word);
    host.stdout.write('no monitor is running: it will hold when one starts\n');
    return 0;
  },
};

function isWord(word: string): word is AdminWord {
  return WORDS.includes(word);
}
