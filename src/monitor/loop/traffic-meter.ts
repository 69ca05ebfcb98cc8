import type { Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import type { TrafficEvent } from '../event.ts';

/** Reads what went over the WANs' interfaces. */
export interface TrafficMeter {
  /** Since the last reading, every few seconds; else nothing. */
  read(site: Site): readonly TrafficEvent[];
}

/** Shown, not acted upon: no more often than somebody looks. */
const EVERY_MS = 2000;

interface Counters {
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly sentBytes: number;
}

export function trafficMeter(host: Host): TrafficMeter {
  let last = new Map<string, Counters>();
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    read: (site) => {
      const now = host.monotonicMs();
      if (now - readAt < EVERY_MS) return [];
      readAt = now;
      const before = last;
      last = readCounters(host.readFile('/proc/net/dev') ?? '');
      return site.wans.flatMap((wan): TrafficEvent[] => {
        const [a, b] = [before.get(wan.interface), last.get(wan.interface)];
        // Counters begin anew with a new device.
        if (a === undefined || b === undefined || b.receivedBytes < a.receivedBytes) return [];
        return [
          {
            kind: 'traffic',
            wan: wan.name,
            receivedBytes: b.receivedBytes - a.receivedBytes,
            receivedPackets: b.receivedPackets - a.receivedPackets,
            sentBytes: Math.max(0, b.sentBytes - a.sentBytes),
          },
        ];
      });
    },
  };
}

/** proc(5): name, then eight columns of what was received, bytes and packets first, then those of what was sent. */
function readCounters(text: string): Map<string, Counters> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, name, columns = ''] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
      if (name === undefined) return [];
      const numbers = columns.trim().split(/\s+/).map(Number);
      const [receivedBytes = 0, receivedPackets = 0] = numbers;
      return [[name, { receivedBytes, receivedPackets, sentBytes: numbers[8] ?? 0 }] as const];
    }),
  );
}
