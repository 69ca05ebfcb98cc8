import type { Site } from '../../config/site.ts';
import type { ProbeEvent } from '../event.ts';
import { probeLabel } from '../probe-label.ts';
import type { Entry, RecordedWan } from '../record/entry.ts';
import type { Fate, ScriptItem } from './play.ts';

/**
 * What happened to the lines, whoever watched them: each probe with what became of it in the end, at the time it was sent,
 * for the probes and WANs that the site has, too. A probe is found by what it asks, not by its place.
 */
export function scriptOf(entries: readonly Entry[], site: Site): readonly ScriptItem[] {
  const items: ScriptItem[] = [];
  /** Lost probes by WAN, place and time: an answer that came late after all is what counts. */
  const lost = new Map<string, number>();
  let wans: readonly RecordedWan[] = [];
  for (const entry of entries) {
    if (entry.kind === 'start') {
      wans = entry.wans;
      // The clock may have jumped.
      if (items.length > 0) items.push({ at: entry.at, kind: 'event', event: { kind: 'gap' } });
    }
    if (entry.kind !== 'event') continue;
    const event = renumber(entry.event, wans, site);
    if (event === undefined) continue;
    if (event.kind !== 'probe') {
      items.push({ at: entry.at, kind: 'event', event });
      continue;
    }
    const item: ScriptItem = { ...event, at: event.sentAt, kind: 'sent', fate: fateOf(event, entry.at) };
    const key = `${event.wan}/${event.probe}/${event.sentAt}`;
    const at = event.result.kind === 'late' ? lost.get(key) : undefined;
    if (at !== undefined) items[at] = item;
    else items.push(item);
    if (event.result.kind === 'lost') rememberLoss(lost, key, items.length - 1);
  }
  return items.sort((a, b) => a.at - b.at);
}

/** Answers come late by seconds: of so many losses the first are long past. */
const RECENT_LOSSES = 10_000;

function rememberLoss(lost: Map<string, number>, key: string, at: number): void {
  lost.set(key, at);
  if (lost.size <= RECENT_LOSSES) return;
  for (const oldest of lost.keys()) {
    lost.delete(oldest);
    return;
  }
}

function fateOf({ result, sentAt }: ProbeEvent, at: number): Fate {
  switch (result.kind) {
    case 'answered':
    case 'late':
      return { kind: 'answered', afterMs: result.rttMs };
    case 'lost':
      return { kind: 'silent' };
    case 'portal':
    case 'bad':
    case 'error':
      return { kind: result.kind, afterMs: at - sentAt };
  }
}

/** The same event for the site's WANs and probes; undefined where it has none such. */
function renumber<E extends { readonly kind: string }>(
  event: E & { readonly wan?: string; readonly probe?: number },
  recorded: readonly RecordedWan[],
  site: Site,
): E | undefined {
  if (event.wan === undefined) return event;
  const wan = site.wans.find(({ name }) => name === event.wan);
  if (wan === undefined) return undefined;
  if (event.probe === undefined) return event;
  const label = recorded.find(({ name }) => name === event.wan)?.probes[event.probe];
  const probe = wan.probes.findIndex((each) => probeLabel(each) === label);
  return probe === -1 ? undefined : { ...event, probe };
}
