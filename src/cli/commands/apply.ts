import { type Applying, type ApplyReport, carryOut, planApply, resetSentences } from '../../apply/apply.ts';
import { waitForNetworks } from '../../apply/boot.ts';
import { startCheck } from '../../apply/check.ts';
import { refuseBesideMonitor } from '../../apply/demand.ts';
import { startLooking } from '../../apply/first-look.ts';
import { withLock } from '../../apply/lock.ts';
import { type Machine, withMachine } from '../../apply/machine.ts';
import type { Beforehand, Wish } from '../../apply/prepare.ts';
import { readJournal, readPending, removePending } from '../../apply/records.ts';
import { Refusal } from '../../apply/refusal.ts';
import { forgetRejected } from '../../apply/rejected.ts';
import { openWindow, refuseWhilePending } from '../../apply/window.ts';
import type { Host } from '../../host/host.ts';
import { durationOption } from '../arguments.ts';
import type { Arguments, Command, Context, ExitCode } from '../command.ts';
import { appliedAsData, formatApplied } from '../format/applied.ts';
import { formatChanges } from '../format/changes.ts';
import { noMonitorLine } from '../format/no-monitor.ts';
import { formatWarnings } from '../format/warnings.ts';
import { configPath } from '../load-site.ts';
import { loadWish, type Planned, planHere } from '../plan-here.ts';
import { UsageError } from '../usage-error.ts';
import { DOWN_OPTION } from '../wish.ts';

/** Interfaces of a booting machine are named within seconds; DHCP over a slow modem takes longer. */
const BOOT_WAIT_MS = 30_000;

export const apply: Command = {
  name: 'apply',
  summary: 'make this machine what the site says, in one transaction',
  description: [
    'Looks at the machine, works out what is missing, has the kernel check it, makes the change, and looks again. What fails on the way, a signal included, leads back to the state before. Running it twice changes nothing the second time. Other programs’ rules, routes and tables are not touched.',
    'With --confirm the change is taken back after that time unless polywan confirm is run: also when the connection you work through, or this program, has died. With --json, confirmUntil is when; null where nothing waits.',
    'A WAN whose interface or gateway is missing is left out with a warning, and the others come up. With --boot it is waited for first, and so are the networks inside that port forwards need.',
    'While a monitor runs another site than this one, nothing is applied: the monitor would undo it.',
    'A WAN or a policy that was taken out of the site has its own connections reset, and so has a WAN that gets another mark (mark, mark_mask) or is moved to another interface while the one before keeps an address; every other connection stays as it is, also where a WAN or a policy only got another name.',
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
      describe: 'wait for interfaces and gateways that are missing',
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
    const options = readOptions(args);
    return options.dryRun ? dryRun(args, context) : applyAlone(options, args, context);
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

async function dryRun(args: Arguments, context: Context): Promise<ExitCode> {
  const { host } = context;
  const planned = await withMachine(host, (machine) => planHere(machine, args, context));
  if (planned === undefined) return 2;
  refuseBesideMonitor(host, configPath(args));
  if (planned.kind === 'new') await refuseBreaking(planned.wish, planned.outcome);
  const applying = planned.outcome;
  if (args.json === true)
    host.stdout.write(appliedAsData({ applying, changes: applying.changes, resets: [] }, { applied: false }));
  else if (applying.changes.length === 0) host.stdout.write('nothing to change\n');
  else
    host.stdout.write(
      formatChanges(applying.changes) +
        resetSentences(applying)
          .map((line) => `${line}\n`)
          .join(''),
    );
  host.stderr.write(formatWarnings(applying.plan.warnings) + noMonitorLine(host, applying.plan));
  return 0;
}

/** The lock comes first, so that the machine can be asked while the site is read; a wrong site is told all the same. */
async function applyAlone(options: Options, args: Arguments, context: Context): Promise<ExitCode> {
  let entered = false;
  const work = () => {
    entered = true;
    return withMachine(context.host, (machine) => applyLocked(machine, options, args, context));
  };
  return withLock(context.host, 'apply', work).catch((error: unknown) => {
    if (!entered && error instanceof Refusal && loadWish(args, context) === undefined) return 2;
    throw error;
  });
}

async function applyLocked(
  machine: Machine,
  options: Options,
  args: Arguments,
  context: Context,
): Promise<ExitCode> {
  const { host } = context;
  const check = openCheck(host);
  // A machine that is waited for is looked at afterwards.
  const planned =
    options.bootMs === undefined
      ? await planHere(machine, args, context, check.start)
      : await planAfterWait(machine, options.bootMs, args, context, check.start);
  if (planned === undefined) return 2;
  refuseWhileOthersDecide(host, args);
  const cutOff = readJournal(host);
  if (cutOff !== undefined)
    host.stderr.write(
      `an earlier polywan ${cutOff.command} was cut off at ${new Date(cutOff.startedAtMs).toISOString()}; going on from what it left\n`,
    );
  // It is asked for once more, in so many words.
  forgetRejected(host);
  const report =
    planned.kind === 'same'
      ? { applying: planned.outcome, changes: [], resets: [] }
      : await applyPlanned(machine, planned.wish, planned.outcome, options, check.passed());
  const confirmMs = report.changes.length > 0 ? options.confirmMs : undefined;
  host.stdout.write(
    args.json === true
      ? appliedAsData(report, { applied: true, pending: readPending(host) })
      : formatApplied(report, confirmMs, host.stdout.columns),
  );
  const { plan } = report.applying;
  // At boot it is started next.
  const unwatched = options.bootMs === undefined ? noMonitorLine(host, plan) : '';
  host.stderr.write(formatWarnings(plan.warnings) + unwatched);
  return 0;
}

/** Whatever the site says, others have the word now. */
function refuseWhileOthersDecide(host: Host, args: Arguments): void {
  refuseWhilePending(host);
  refuseBesideMonitor(host, configPath(args));
}

/** What would break connections is not carried out. Lint is loaded only where something is to be changed. */
async function refuseBreaking({ site }: Wish, { changes, plan, observed }: Applying): Promise<void> {
  if (changes.length === 0) return;
  const { lintPlan, refuseErrors } = await import('../lint/own-plan.ts');
  refuseErrors(lintPlan(site, plan, observed));
}

async function planAfterWait(
  machine: Machine,
  waitMs: number,
  args: Arguments,
  context: Context,
  onRules: OnRules,
): Promise<Planned | undefined> {
  const wish = loadWish(args, context);
  if (wish === undefined) return undefined;
  // Before the wait, not after it.
  refuseWhileOthersDecide(context.host, args);
  await waitForNetworks(machine, wish, waitMs);
  const outcome = await planApply(machine, wish, { asked: startLooking(machine), onRules });
  return { kind: 'new', outcome, wish };
}

type OnRules = NonNullable<Beforehand['onRules']>;

/** nft spends most of a check waiting for the kernel: the rest of the plan is made, and linted, meanwhile. */
function openCheck(host: Host): { readonly start: OnRules; readonly passed: () => Promise<void> } {
  let checked = Promise.resolve();
  return {
    start: async (changes) => {
      checked = startCheck(host, changes);
      // Until nft has all of its input.
      await host.hearEvents();
    },
    passed: () => checked,
  };
}

async function applyPlanned(
  machine: Machine,
  wish: Wish,
  applying: Applying,
  { confirmMs }: Options,
  checked: Promise<void>,
): Promise<ApplyReport> {
  await refuseBreaking(wish, applying);
  return carryOutWindowed(machine, wish, applying, checked, confirmMs).catch((error: unknown) => {
    // They may say why.
    machine.host.stderr.write(formatWarnings(applying.plan.warnings));
    throw error;
  });
}

async function carryOutWindowed(
  machine: Machine,
  wish: Wish,
  applying: Applying,
  checked: Promise<void>,
  confirmMs: number | undefined,
): Promise<ApplyReport> {
  const { host } = machine;
  if (confirmMs === undefined || applying.changes.length === 0)
    return carryOut(machine, wish, applying, checked);
  // Before the change: should it cut off its caller, the way back is already armed.
  openWindow(host, wish.site, { own: applying.own, applied: applying.history.applied }, confirmMs);
  return carryOut(machine, wish, applying, checked).catch((error: unknown) => {
    removePending(host);
    throw error;
  });
}
