import { observeEverything } from '../../apply/observe-everything.ts';
import type { LintSettings } from '../../config/lint-settings.ts';
import type { Host } from '../../host/host.ts';
import { makeMachine } from '../../lint/make-machine.ts';
import { FAMILIES } from '../../net/family.ts';
import { addRouting } from './add-routing.ts';
import { placeLive } from './place-live.ts';
import { type MachineRead, NOTHING_AROUND } from './read-machine.ts';

/** This machine as it is now. Its rules stand in what the machine's own programs print of them. */
export async function liveMachine(host: Host, settings: LintSettings | undefined): Promise<MachineRead> {
  const around = settings ?? NOTHING_AROUND;
  const { state: placed, sources } = placeLive(await observeEverything(host));
  const { state, problems } = addRouting(placed, placed, around);
  const all = new Set(FAMILIES);
  const machine = makeMachine({
    name: 'this machine',
    state,
    given: { policyRules: all, routes: all, rulesets: all, links: true, sysctls: true, whole: true },
    sources,
    settings: {
      roles: { wan: around.wan, lan: around.lan },
      reserved: around.reservedMarks,
      neighbours: around.neighbours,
    },
  });
  return { machine, problems, notes: [] };
}
