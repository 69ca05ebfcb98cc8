import type { Family } from '../../net/family.ts';
import { familyWritten } from '../probe-host.ts';
import type { Probe } from '../site.ts';

/** How many probes can be well together, for the quorum. */
export interface Voters {
  readonly most: number;
  /** The families are judged apart, and no one of them has more. */
  readonly apart: boolean;
}

/**
 * As `votersOf` and `familiesApart` of the monitor count them. A name may turn out to be of any family, and so may one of
 * the `refused` probes, which could not be read.
 */
export function countVoters(probes: readonly Probe[], refused: number, families: readonly Family[]): Voters {
  const others = probes.filter(({ kind }) => kind !== 'arp');
  if (others.length + refused === 0) return { most: probes.length, apart: false };
  const asked = others.map((probe) =>
    probe.kind === 'ping' ? familyOfPing(probe, families) : familyWritten(probe),
  );
  const apart = families.length > 1 && families.every((family) => asked.includes(family));
  if (!apart) return { most: others.length + refused, apart };
  const speakingFor = (family: Family) => asked.filter((one) => one === undefined || one === family).length;
  return { most: Math.max(...families.map(speakingFor)) + refused, apart };
}

/** Its one child asks a name in the first family that the WAN has. */
function familyOfPing(probe: Probe, families: readonly Family[]): Family | undefined {
  return familyWritten(probe) ?? families[0];
}
