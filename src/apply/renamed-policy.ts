import type { Policy } from '../config/site.ts';
import type { Steering } from './steered-by.ts';

/** A site, as far as connections rest on its policies. */
export interface Steered extends Steering {
  readonly policies: readonly Policy[];
}

/**
 * Whether a policy whose name is gone only got another one: a new policy wants the same of the same WANs, and has the
 * same connections steered to it. `newNameOf` gives the name that a WAN has now.
 */
export function isRenamed(
  policy: Policy,
  before: Steered,
  now: Steered,
  newNameOf: (wan: string) => string | undefined,
): boolean {
  const was = meaning(policy, before, newNameOf);
  return now.policies.some(
    (other) =>
      !before.policies.some(({ name }) => name === other.name) && meaning(other, now, (wan) => wan) === was,
  );
}

/** All that a policy is, but for its name and its place. */
function meaning(
  { name, members, lastResort, stickyMs, onFailure, onRecovery, failbackAfterMs }: Policy,
  { rules, localTraffic }: Steering,
  nameOf: (wan: string) => string | undefined,
): string {
  return JSON.stringify({
    members: members.map(({ wan, weight, tier }) => [nameOf(wan), weight, tier]),
    wishes: [lastResort, stickyMs, onFailure, onRecovery, failbackAfterMs],
    steered: rules.filter(({ policy }) => policy === name).map(({ match }) => match),
    hasLocalTraffic: localTraffic === name,
  });
}
