import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { olderFile } from '../../../src/monitor/record/older-file.ts';
import { readRecording } from '../../../src/monitor/record/read-recording.ts';
import type { Farm } from './farm.ts';

/** What was sent, and what the daemon made of it. */
export interface Tally {
  readonly probes: number;
  /** Echo requests that reached the provider. */
  readonly sent: number;
  readonly answered: number;
  /** Called lost, and never answered. */
  readonly lost: number;
  /** Called lost though the answer was quicker than any patience: the daemon, or ping, was held up. */
  readonly hasty: number;
  /** The most requests of one probe of which nothing was told. */
  readonly mostUntold: number;
}

/** The provider counts every request by the WAN it came by and its target. */
export function countRequests(farm: Farm): void {
  farm.inProvider(
    'nft',
    'add table ip tally; add set ip tally seen { type ifname . ipv4_addr; size 4096; flags dynamic; counter; }; add chain ip tally in { type filter hook input priority 0; }; add rule ip tally in icmp type echo-request add @seen { iifname . ip daddr }',
  );
}

/** To be asked when the daemon has ended. */
export function tallyOf(farm: Farm, recording: string): Tally {
  const requests = requestsByProbe(farm);
  const told = new Map<string, Outcome>();
  const texts = [olderFile(recording), recording].map(textOf);
  for (const entry of readRecording(texts).entries) {
    if (entry.kind !== 'event' || entry.event.kind !== 'probe') continue;
    const { wan, probe, sentAt, result } = entry.event;
    const key = `${wan}/${probe}`;
    const outcome = told.get(key) ?? { told: 0, answered: 0, lost: new Set(), hasty: 0 };
    told.set(key, outcome);
    switch (result.kind) {
      case 'answered':
        outcome.told += 1;
        outcome.answered += 1;
        break;
      case 'lost':
        outcome.told += 1;
        outcome.lost.add(sentAt);
        break;
      case 'late':
        outcome.lost.delete(sentAt);
        outcome.answered += 1;
        if (result.rttMs < LEAST_PATIENCE_MS) outcome.hasty += 1;
        break;
      default:
        throw new Error(`${key} has a result of another kind: ${result.kind}`);
    }
  }
  const outcomes = [...told.values()];
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((all, each) => all + of(each), 0);
  const untold = [...requests].map(([key, count]) => count - (told.get(key)?.told ?? 0));
  return {
    probes: requests.size,
    sent: [...requests.values()].reduce((all, count) => all + count, 0),
    answered: sum(({ answered }) => answered),
    lost: sum(({ lost }) => lost.size),
    hasty: sum(({ hasty }) => hasty),
    mostUntold: Math.max(...untold),
  };
}

interface Outcome {
  told: number;
  answered: number;
  readonly lost: Set<number>;
  hasty: number;
}

/** probe/patience.ts waits no less for any answer. */
const LEAST_PATIENCE_MS = 100;

function requestsByProbe(farm: Farm): ReadonlyMap<string, number> {
  const { nftables } = JSON.parse(farm.inProvider('nft', '-j', 'list', 'set', 'ip', 'tally', 'seen')) as {
    nftables: readonly {
      set?: {
        elem: readonly { elem: { val: { concat: [string, string] }; counter: { packets: number } } }[];
      };
    }[];
  };
  const elements = nftables.flatMap(({ set }) => set?.elem ?? []);
  return new Map(
    elements.map(({ elem: { val, counter } }) => {
      const [device, target] = val.concat;
      return [`w${device.slice('isp'.length)}/${Number(target.split('.')[3]) - 200}`, counter.packets];
    }),
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

export function recordingIn(farm: Farm): string {
  return join(farm.folder, 'events');
}
