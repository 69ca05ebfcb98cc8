import { type Applying, planApply } from '../apply/apply.ts';
import { startLooking } from '../apply/first-look.ts';
import type { Machine } from '../apply/machine.ts';
import type { Beforehand, Wish } from '../apply/prepare.ts';
import { type Outcome, recall, remember, watchPlan } from '../apply/unchanged.ts';
import type { Arguments, Context } from './command.ts';
import { loadSite } from './load-site.ts';
import { callOf, wishOf } from './wish.ts';

/** `same`: nothing to change, as the last time everything was as it is now; the site was not even read. */
export type Planned =
  | { readonly kind: 'same'; readonly outcome: Outcome }
  | { readonly kind: 'new'; readonly outcome: Applying; readonly wish: Wish };

/** What an apply would do here; undefined when the site cannot be used, which has been told. */
export async function planHere(
  machine: Machine,
  args: Arguments,
  context: Context,
  onRules?: Beforehand['onRules'],
): Promise<Planned | undefined> {
  // What is done once is done before it is compiled, on the core that ip and nft wait for.
  machine.host.compileLittle();
  const asked = startLooking(machine);
  const call = callOf(args);
  const known = await recall(machine, asked, call);
  if (known !== undefined) return { kind: 'same', outcome: known };
  const watched = watchPlan(machine);
  const wish = loadWish(args, { ...context, host: watched.host });
  if (wish === undefined) return undefined;
  const outcome = await planApply(watched.machine, wish, { asked, ...(onRules && { onRules }) });
  await remember(machine, asked, call, watched, wish, outcome);
  return { kind: 'new', outcome, wish };
}

export function loadWish(args: Arguments, context: Context): Wish | undefined {
  const site = loadSite(args, context);
  return site && wishOf(site, args);
}
