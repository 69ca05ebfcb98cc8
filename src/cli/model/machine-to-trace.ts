import { withMachine } from '../../apply/machine.ts';
import { observeRouting } from '../../apply/observe.ts';
import { observeEverything, unseenHere } from '../../apply/observe-everything.ts';
import { Refusal } from '../../apply/refusal.ts';
import { readSysctls, traceSysctlKeys } from '../../apply/sysctl.ts';
import { nearest } from '../../config/nearest.ts';
import type { Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import { devicesOf } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import { layOut } from '../../lab/layout.ts';
import type { Sources } from '../../net/diagnostic.ts';
import { wanOfPart } from '../../plan/wan-part.ts';
import { checkDown } from '../check-down.ts';
import { readInputs } from '../input/read-inputs.ts';
import { UsageError } from '../usage-error.ts';
import { assumedFacts } from './assumed-facts.ts';
import { withDeviceDown } from './down-device.ts';
import { plannedState } from './planned-state.ts';

export interface TracedMachine {
  readonly state: KernelState;
  readonly sources: Sources;
  /** What the answer rests on, for the reader. */
  readonly notes: readonly string[];
}

export interface TraceWish {
  readonly on: readonly string[];
  readonly live: boolean;
  readonly down: readonly string[];
  /** Where there is a site. */
  readonly site?: Site;
}

/** The state to trace in: files, this machine, or what the site plans. */
export async function machineToTrace(host: Host, wish: TraceWish): Promise<TracedMachine> {
  if (wish.on.length > 0) {
    const inputs = await readInputs(host, wish.on);
    return { ...inputs, state: takeDown(inputs.state, wish) };
  }
  if (wish.live)
    return {
      state: takeDown(await observeEverything(host), wish),
      sources: new Map(),
      notes: unseenHere(host),
    };
  const { site } = wish;
  if (site === undefined) throw new UsageError('there is no site to trace; name files with --on, or --live');
  checkDown(site, wish.down);
  const found = await factsHere(host, site);
  const facts = found ?? assumedFacts(layOut(site).topology);
  const { state, plan } = plannedState(site, facts, wish.down);
  const basis =
    found === undefined
      ? 'the site as planned, on a router with addresses made up for it: this machine lacks its interfaces'
      : 'the site as planned, with the links, addresses and routes of this machine';
  const notes = [basis, ...emptySets(site), ...plan.warnings.map(({ message }) => message)];
  return { state, sources: new Map(), notes };
}

/** What a plan's sets will hold, only the router's resolver and its owner know. */
function emptySets({ steering }: Site): readonly string[] {
  const asking = steering.filter(({ match }) => match.set !== undefined || match.domain !== undefined);
  if (asking.length === 0) return [];
  const names = asking.map(({ name }) => name).join(', ');
  return [`the sets of ${names} are taken as empty: what they hold is known on the router alone (--live)`];
}

/** Of the machine only what the site leaves to it; undefined when it is another machine. */
async function factsHere(host: Host, site: Site): Promise<KernelState | undefined> {
  try {
    const facts = await withMachine(host, observeRouting);
    const names = new Set(facts.links.map((link) => link.name));
    if (!site.wans.every((wan) => names.has(wan.interface))) return undefined;
    return { ...facts, sysctls: readSysctls(host, traceSysctlKeys([...names])) };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** With a site, a WAN that is down is planned around; without one, the interface of that name is down. */
function takeDown(state: KernelState, { site, down }: TraceWish): KernelState {
  if (down.length === 0) return state;
  const wans = down.filter((name) => site?.wans.some((wan) => wan.name === wanOfPart(name)));
  if (site !== undefined) checkDown(site, wans);
  const devices = down.filter((name) => !wans.includes(name));
  const unknown = devices.find((name) => !devicesIn(state).has(name));
  if (unknown !== undefined) throw new UsageError(neither(unknown, state, site));
  const planned = site === undefined || wans.length === 0 ? state : plannedState(site, state, wans).state;
  return devices.reduce(withDeviceDown, planned);
}

/** Files may tell routes and addresses alone, and no links. */
function devicesIn({ links, addresses, routes }: KernelState): ReadonlySet<string> {
  const ofRoutes = routes.flatMap(devicesOf);
  return new Set([...links.map(({ name }) => name), ...addresses.map(({ device }) => device), ...ofRoutes]);
}

function neither(name: string, state: KernelState, site: Site | undefined): string {
  const wans = (site?.wans ?? []).map((wan) => wan.name);
  const meant = nearest(name, [...wans, ...devicesIn(state)]);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `--down ${name}: neither a WAN of the site nor an interface of this state${hint}`;
}
