import { type Applying, type ApplyReport, carryOut, planApply, resetSentences } from '../../apply/apply.ts';
import { waitForWans } from '../../apply/boot.ts';
import { withLock } from '../../apply/lock.ts';
import { type Machine, withMachine } from '../../apply/machine.ts';
import type { Wish } from '../../apply/prepare.ts';
import { readJournal, removePending } from '../../apply/records.ts';
import { openWindow, refuseWhilePending } from '../../apply/window.ts';
import { formatDuration } from '../../net/duration.ts';
import { durationOption } from '../arguments.ts';
import type { Arguments, Command, Context, ExitCode } from '../command.ts';
import { changesAsData, formatChanges, summarizeChanges } from '../format/changes.ts';
import { formatWarnings, warningsAsData } from '../format/warnings.ts';
import { loadSite } from '../load-site.ts';
import { UsageError } from '../usage-error.ts';
import { DOWN_OPTION, wishOf } from '../wish.ts';

/** Interfaces of a booting machine are named within seconds; DHCP over a slow modem takes longer. */
const BOOT_WAIT_MS = 30_000;

export const apply: Command = {
  name: 'apply',
  summary: 'make this machine what the site says, in one transaction',
  description: [
    'Looks at the machine, works out what is missing, has the kernel check it, makes the change, and looks again. What fails on the way, a signal included, leads back to the state before. Running it twice changes nothing the second time. Other programs’ rules, routes and tables are not touched.',
    'With --confirm the change is taken back after that time unless polywan confirm is run: also when the connection you work through, or this program, has died.',
    'With --boot it waits for interfaces and gateways. A WAN that is still missing is left out with a warning, and the others come up.',
    'A WAN or a policy that was taken out of the site has its own connections reset; every other connection stays as it is.',
  ],
  positionals: [],
  options: {
    confirm: {
      type: 'string',
      valueName: 'DURATION',
      describe: 'go back after this time unless polywan confirm is run',
    },
    'dry-run': { type: 'boolean', describe: 'say what would be done, and do nothing' },
    boot: {
      type: 'boolean',
      describe: 'wait for interfaces and gateways; leave out the WANs that are missing',
    },
    wait: { type: 'string', valueName: 'DURATION', describe: 'how long --boot waits; 30s if not given' },
    json: { type: 'boolean', describe: 'print what was done as JSON' },
    down: DOWN_OPTION,
  },
  examples: [
    { line: 'polywan apply', describe: 'make it so' },
    {
      line: 'polywan apply --confirm 60s',
      describe: 'over SSH: it goes back by itself if you are locked out',
    },
    { line: 'polywan apply --boot --wait 1m', describe: 'from a boot script, with a slow modem' },
  ],
  run: async (args, context) => {
    const site = loadSite(args, context);
    if (site === undefined) return 2;
    const options = readOptions(args);
    const wish = wishOf(site, args);
    if (options.dryRun) return dryRun(wish, args, context);
    return withLock(context.host, 'apply', () => applyLocked(wish, options, args, context));
  },
};

interface Options {
  readonly confirmMs: number | undefined;
  readonly bootMs: number | undefined;
  readonly dryRun: boolean;
}

function readOptions(args: Arguments): Options {
  const waitMs = durationOption(args, 'wait');
  if (waitMs !== undefined && args.boot !== true) throw new UsageError('--wait is for --boot');
  return {
    confirmMs: durationOption(args, 'confirm'),
    bootMs: args.boot === true ? (waitMs ?? BOOT_WAIT_MS) : undefined,
    dryRun: args['dry-run'] === true,
  };
}

async function dryRun(wish: Wish, args: Arguments, { host }: Context): Promise<ExitCode> {
  const applying = await withMachine(host, (machine) => planApply(machine, wish));
  await refuseBreaking(wish, applying);
  if (args.json === true)
    host.stdout.write(asJson({ applying, changes: applying.changes, resets: [] }, false));
  else if (applying.changes.length === 0) host.stdout.write('nothing to change\n');
  else host.stdout.write(formatChanges(applying.changes) + lines(resetSentences(applying)));
  host.stderr.write(formatWarnings(applying.plan.warnings));
  return 0;
}

async function applyLocked(
  wish: Wish,
  options: Options,
  args: Arguments,
  { host }: Context,
): Promise<ExitCode> {
  refuseWhilePending(host);
  const cutOff = readJournal(host);
  if (cutOff !== undefined)
    host.stderr.write(
      `an earlier polywan ${cutOff.command} was cut off at ${new Date(cutOff.startedAtMs).toISOString()}; going on from what it left\n`,
    );
  const report = await withMachine(host, async (machine) => {
    if (options.bootMs !== undefined) await waitForWans(machine, wish, options.bootMs);
    const applying = await planApply(machine, wish);
    await refuseBreaking(wish, applying);
    return carryOutWindowed(machine, wish, applying, options.confirmMs).catch((error: unknown) => {
      // They may say why.
      host.stderr.write(formatWarnings(applying.plan.warnings));
      throw error;
    });
  });
  const confirmMs = report.changes.length > 0 ? options.confirmMs : undefined;
  host.stdout.write(args.json === true ? asJson(report, true) : asText(report, confirmMs));
  host.stderr.write(formatWarnings(report.applying.plan.warnings));
  return 0;
}

/** What would break connections is not carried out. Lint is loaded only where something is to be changed. */
async function refuseBreaking({ site }: Wish, { changes, plan, observed }: Applying): Promise<void> {
  if (changes.length === 0) return;
  const { lintPlan, refuseErrors } = await import('../lint/own-plan.ts');
  refuseErrors(lintPlan(site, plan, observed));
}

async function carryOutWindowed(
  machine: Machine,
  wish: Wish,
  applying: Applying,
  confirmMs: number | undefined,
): Promise<ApplyReport> {
  const { host } = machine;
  if (confirmMs === undefined || applying.changes.length === 0) return carryOut(machine, wish, applying);
  // Before the change: should it cut off its caller, the way back is already armed.
  openWindow(host, { own: applying.own, applied: applying.history.applied }, confirmMs);
  return carryOut(machine, wish, applying).catch((error: unknown) => {
    removePending(host);
    throw error;
  });
}

function asText({ applying, changes, resets }: ApplyReport, confirmMs: number | undefined): string {
  if (changes.length === 0) return `nothing to change\n${lines(resets)}`;
  const done = `applied by ${backendText(applying)}: ${summarizeChanges(changes)}`;
  const open =
    confirmMs === undefined
      ? []
      : [`run polywan confirm within ${formatDuration(confirmMs)}, or the state before comes back`];
  return lines([done, ...resets, ...open]);
}

function backendText({ choice }: Applying): string {
  return `${choice.frontend ?? choice.backend} (${choice.reason})`;
}

function asJson({ applying, changes, resets }: ApplyReport, applied: boolean): string {
  const { choice, plan } = applying;
  const data = {
    applied: applied && changes.length > 0,
    backend: { name: choice.frontend ?? choice.backend, reason: choice.reason },
    changes: changesAsData(changes),
    resets: applied ? resets : resetSentences(applying),
    warnings: warningsAsData(plan.warnings),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
