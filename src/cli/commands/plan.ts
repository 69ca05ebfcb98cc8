import { resetSentences } from '../../apply/apply.ts';
import { withMachine } from '../../apply/machine.ts';
import type { Outcome } from '../../apply/unchanged.ts';
import { listOption } from '../arguments.ts';
import type { Arguments, Command, Context, ExitCode } from '../command.ts';
import { changesAsData, formatChanges } from '../format/changes.ts';
import { noMonitorLine, otherMonitorLine } from '../format/no-monitor.ts';
import { lines } from '../format/text-lines.ts';
import { formatWarnings, warningsAsData } from '../format/warnings.ts';
import { printInputError } from '../input/input-error.ts';
import { readInputs } from '../input/read-inputs.ts';
import { configPath, loadSite } from '../load-site.ts';
import { planOn } from '../model/plan-on.ts';
import { planHere } from '../plan-here.ts';
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
    on: {
      type: 'array',
      valueName: 'FILE',
      describe: 'compare with this snapshot, file or folder instead of this machine; may be repeated',
    },
    json: { type: 'boolean', describe: 'print the plan as JSON' },
    down: DOWN_OPTION,
  },
  examples: [
    { line: 'polywan plan', describe: 'before an apply' },
    { line: 'polywan plan --on router.json', describe: 'for a router known from its snapshot' },
    { line: 'polywan plan --exit-code', describe: 'in a script: does the machine still match its site?' },
  ],
  run: async (args, context) => {
    const on = listOption(args, 'on');
    if (on.length > 0) return planFiles(args, context, on);
    const { host } = context;
    const planned = await withMachine(host, (machine) => planHere(machine, args, context));
    if (planned === undefined) return 2;
    const applying = planned.outcome;
    if (args.json === true) host.stdout.write(asJson(applying));
    else {
      host.stdout.write(asText(applying, host.stdout.columns));
      host.stderr.write(formatWarnings(applying.plan.warnings));
    }
    host.stderr.write(noMonitorLine(host, applying.plan) + otherMonitorLine(host, configPath(args)));
    return args['exit-code'] === true && applying.changes.length > 0 ? 1 : 0;
  },
};

/** The same for a machine that is only known from files: its connections and earlier applies are not. */
async function planFiles(args: Arguments, context: Context, on: readonly string[]): Promise<ExitCode> {
  const site = loadSite(args, context);
  if (site === undefined) return 2;
  const wish = wishOf(site, args);
  const { host } = context;
  try {
    const inputs = await readInputs(host, on);
    const { changes, plan, reason } = planOn(inputs.state, wish);
    const { backend } = plan;
    const data = {
      backend: { name: backend, reason },
      changes: changesAsData(changes),
      resets: [],
      warnings: warningsAsData(plan.warnings),
    };
    if (args.json === true) host.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    else {
      const last = lines(`backend: ${backend} (${reason})`, '', host.stdout.columns);
      host.stdout.write(changes.length === 0 ? 'nothing to change\n' : formatChanges(changes) + last);
      host.stderr.write(formatWarnings(plan.warnings));
    }
    return args['exit-code'] === true && changes.length > 0 ? 1 : 0;
  } catch (error) {
    return printInputError(error, context);
  }
}

function asText(applying: Outcome, width: number): string {
  const { changes, choice } = applying;
  const resets = resetSentences(applying).map((sentence) => lines(sentence, '  ', width));
  const connections = resets.length === 0 ? '' : `connections:\n${resets.join('')}`;
  if (changes.length === 0) return `nothing to change\n${connections}`;
  const backend = `backend: ${choice.frontend ?? choice.backend} (${choice.reason})`;
  return formatChanges(changes) + connections + lines(backend, '', width);
}

function asJson(applying: Outcome): string {
  const { changes, choice } = applying;
  const data = {
    backend: { name: choice.frontend ?? choice.backend, reason: choice.reason },
    changes: changesAsData(changes),
    resets: resetSentences(applying),
    warnings: warningsAsData(applying.plan.warnings),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}
