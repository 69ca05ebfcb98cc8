import type { Host } from '../../host/host.ts';
import { formatWord } from '../../net/mark.ts';
import type { Plan } from '../../plan/plan.ts';
import type { MonitorStatus } from '../control/monitor-status.ts';
import type { Transition } from '../health/state.ts';

/** A hook that mails or calls a modem takes some seconds; one that takes longer hangs. */
const PATIENCE_MS = 30_000;

/** Runs that wait for one that hangs; more are of a past that nobody needs to hear of. */
const MAX_WAITING = 16;

export interface HookRunner {
  /** Starts the hooks of a transition and returns at once. */
  run(transition: Transition, plan: Plan, status: MonitorStatus): void;
}

/** Hooks run one after the other, in the order of their transitions; `complain` hears of those that fail. */
export function hookRunner(host: Host, complain: (message: string) => void): HookRunner {
  let tail: Promise<void> = Promise.resolve();
  let waiting = 0;
  return {
    run: (transition, plan, status) => {
      for (const command of commandsOf(transition, plan)) {
        if (waiting >= MAX_WAITING) {
          complain(`hook ${command} was left out: ${waiting} hooks are waiting`);
          continue;
        }
        waiting += 1;
        tail = tail.then(async () => {
          const failure = await runOne(host, command, environment(transition, plan, status), status);
          waiting -= 1;
          if (failure !== undefined) complain(`hook ${command} ${failure}`);
        });
      }
    },
  };
}

/** The WAN's own, then the site's. What moves between up and degraded is no coming and going. */
function commandsOf({ wan, from, to }: Transition, plan: Plan): readonly string[] {
  const [was, is] = [from, to].map((health) => (health === 'degraded' ? 'up' : health));
  const key = is === was || is === 'unknown' ? undefined : is === 'down' ? 'down' : 'up';
  if (key === undefined) return [];
  const own = plan.wans.find(({ name }) => name === wan)?.hooks[key];
  return [own, plan.hooks[key]].filter((command) => command !== undefined);
}

async function runOne(
  host: Host,
  command: string,
  env: Readonly<Record<string, string>>,
  status: MonitorStatus,
): Promise<string | undefined> {
  // A command with arguments, as an administrator writes it: for a shell.
  const { code, missing, timedOut, stderr } = await host.run('sh', ['-c', command], {
    env,
    input: `${JSON.stringify(status)}\n`,
    timeoutMs: PATIENCE_MS,
  });
  if (timedOut === true) return `took longer than ${PATIENCE_MS / 1000} s and was ended`;
  if (code === 0) return undefined;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  const how = missing === true ? 'did not start' : code === null ? 'was killed' : `ended with code ${code}`;
  return `${how}${said === '' ? '' : `: ${said}`}`;
}

function environment(
  { wan, from, to, cause }: Transition,
  plan: Plan,
  status: MonitorStatus,
): Readonly<Record<string, string>> {
  const planned = plan.wans.find(({ name }) => name === wan);
  const numbers =
    planned === undefined
      ? {}
      : {
          POLYWAN_INTERFACE: planned.interface,
          POLYWAN_TABLE: String(planned.table),
          POLYWAN_MARK: `${formatWord(planned.mark)}/${formatWord(plan.markMask)}`,
        };
  const names = (health: string) =>
    status.wans.flatMap((each) => (each.health === health ? [each.name] : [])).join(' ');
  return {
    POLYWAN_WAN: wan,
    POLYWAN_FROM: from,
    POLYWAN_TO: to,
    POLYWAN_CAUSE: cause ?? '',
    POLYWAN_UP: names('up'),
    POLYWAN_DEGRADED: names('degraded'),
    POLYWAN_DOWN: names('down'),
    POLYWAN_UNKNOWN: names('unknown'),
    ...numbers,
  };
}
