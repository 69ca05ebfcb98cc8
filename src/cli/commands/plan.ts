import { type Applying, planApply, resetSentences } from '../../apply/apply.ts';
import { withMachine } from '../../apply/machine.ts';
import type { Command } from '../command.ts';
import { changesAsData, formatChanges } from '../format/changes.ts';
import { formatWarnings, warningsAsData } from '../format/warnings.ts';
import { loadSite } from '../load-site.ts';
import { DOWN_OPTION, wishOf } from '../wish.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'say what apply would change on this machine',
  description: [
    'Compares the site with this machine and prints what apply would add (+), exchange (~) and take away (-), and which running connections it would reset. Nothing is changed.',
  ],
  positionals: [],
  options: {
    'exit-code': { type: 'boolean', describe: 'exit with 1 when there is anything to change' },
    json: { type: 'boolean', describe: 'print the plan as JSON' },
    down: DOWN_OPTION,
  },
  examples: [
    { line: 'polywan plan', describe: 'before an apply' },
    { line: 'polywan plan --exit-code', describe: 'in a script: does the machine still match its site?' },
  ],
  run: async (args, context) => {
    const site = loadSite(args, context);
    if (site === undefined) return 2;
    const { host } = context;
    const applying = await withMachine(host, (machine) => planApply(machine, wishOf(site, args)));
    if (args.json === true) host.stdout.write(asJson(applying));
    else {
      host.stdout.write(asText(applying));
      host.stderr.write(formatWarnings(applying.plan.warnings));
    }
    return args['exit-code'] === true && applying.changes.length > 0 ? 1 : 0;
  },
};

function asText(applying: Applying): string {
  const { changes, choice } = applying;
  const resets = resetSentences(applying).map((sentence) => `  ${sentence}\n`);
  const connections = resets.length === 0 ? '' : `connections:\n${resets.join('')}`;
  if (changes.length === 0) return `nothing to change\n${connections}`;
  return `${formatChanges(changes)}${connections}backend: ${choice.frontend ?? choice.backend} (${choice.reason})\n`;
}

function asJson(applying: Applying): string {
  const { changes, choice } = applying;
  const data = {
    backend: { name: choice.frontend ?? choice.backend, reason: choice.reason },
    changes: changesAsData(changes),
    resets: resetSentences(applying),
    warnings: warningsAsData(applying.plan.warnings),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}
