import type { Site } from '../../config/site.ts';
import { formatDuration } from '../../net/duration.ts';
import { probeLabel } from '../probe-label.ts';
import type { RecordedWan, RecordStart } from '../record/entry.ts';

/** What the site asks for and the recording does not have, or the other way round. */
export function notesOf(starts: readonly RecordStart[], site: Site): readonly string[] {
  const recorded = new Map<string, RecordedWan>();
  for (const { wans } of starts) for (const wan of wans) recorded.set(wan.name, wan);
  const gone = [...recorded.keys()].filter((name) => !site.wans.some((wan) => wan.name === name));
  return [
    ...gone.map((name) => `WAN ${name} is in the recording, but not in the site`),
    ...site.wans.flatMap((wan) => {
      const known = recorded.get(wan.name);
      if (known === undefined) return [`WAN ${wan.name} is in the site, but not in the recording`];
      const labels = wan.probes.map(probeLabel);
      return [
        ...missing(labels, known.probes).map(
          (label) => `WAN ${wan.name}: "${label}" was not asked when it was recorded; it stays unknown`,
        ),
        ...missing(known.probes, labels).map(
          (label) => `WAN ${wan.name}: "${label}" is not asked by the site`,
        ),
        ...intervalNote(wan.name, wan.health.intervalMs, known.intervalMs),
      ];
    }),
  ];
}

function missing(labels: readonly string[], others: readonly string[]): readonly string[] {
  return labels.filter((label) => !others.includes(label));
}

function intervalNote(wan: string, ms: number, recordedMs: number): readonly string[] {
  if (ms === recordedMs) return [];
  return [
    `WAN ${wan}: probes were recorded every ${formatDuration(recordedMs)}, and are replayed so, not every ${formatDuration(ms)}`,
  ];
}
