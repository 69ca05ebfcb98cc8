import type { Demand } from '../decide/decision.ts';

/** The WANs that are to take no traffic. */
export function downNames({ health }: Demand): readonly string[] {
  return Object.entries(health).flatMap(([wan, state]) => (state === 'down' ? [wan] : []));
}
