import type { Family } from '../../net/family.ts';
import type { AdminWord, LinkState, MonitorEvent, TrafficEvent } from '../event.ts';
import { learnFamily, settledCarrier } from './families.ts';
import type { FamilyHealths } from './family-health.ts';
import { hear } from './hear.ts';
import type { WanState } from './state.ts';
import { newTrack, restartTrack, type Track } from './track.ts';

/** What an event adds to what is known of a WAN; nothing is concluded yet. `event` is about this WAN, or about all. */
export function learn(state: WanState, event: MonitorEvent, now: number): WanState {
  switch (event.kind) {
    case 'probe':
      return changeTrack(state, event.probe, (track) =>
        hear(ofFamily(track, event.family), event.sentAt, event.result, state.wan.health, now),
      );
    case 'child':
      return changeTrack(state, event.probe, (track) =>
        event.state === 'died' ? { ...track, speaking: false, askedFrom: now } : { ...track, heardAt: now },
      );
    case 'link':
      return learnLink(state, event.state, now);
    case 'address':
    case 'gateway': {
      const before = state.families[event.family] ?? {};
      const family = learnFamily(before, event, now);
      const known = settledCarrier(before, now).gateway ?? undefined;
      const moved = known !== undefined && (family.gateway ?? known) !== known;
      const next = { ...state, families: { ...state.families, [event.family]: family } };
      return moved ? changeTracks(next, (track) => restartTrack(track, now)) : next;
    }
    case 'traffic':
      return { ...state, traffic: trafficOf(state, event, now) };
    case 'admin':
      return learnWord(state, event.word);
    case 'gap':
      return afterGap(state, now);
    case 'site':
    case 'tick':
      return state;
  }
}

/** A link that comes back may lead elsewhere: its probes begin anew. */
function learnLink(state: WanState, link: LinkState, now: number): WanState {
  const next = { ...state, link };
  const returned = link === 'up' && state.link !== undefined && state.link !== 'up';
  return returned ? changeTracks(next, () => newTrack(now)) : next;
}

/** `up` is more than health: whoever says it does not want to wait for `failback_after`. */
function learnWord(state: WanState, admin: AdminWord): WanState {
  if (admin !== 'up') return { ...state, admin };
  const { returnedAt: _, ...ripe } = state;
  return { ...ripe, admin, apart: withoutWaiting(state.apart) };
}

function withoutWaiting(apart: FamilyHealths): FamilyHealths {
  return Object.fromEntries(
    Object.entries(apart).map(([family, { returnedAt: _, ...health }]) => [family, health]),
  );
}

/** What was lost for a moment before the gap may have come back within it, and is waited for once more. */
function afterGap(state: WanState, now: number): WanState {
  const families = Object.fromEntries(
    Object.entries(state.families).map(([family, known]) => [
      family,
      known.lost === undefined ? known : { ...known, lost: { ...known.lost, at: now } },
    ]),
  );
  return changeTracks({ ...state, families }, (track) => restartTrack(track, now));
}

function trafficOf({ traffic }: WanState, event: TrafficEvent, now: number) {
  const { receivedBytes, sentBytes, receivedPackets } = event;
  const receivedAt = receivedPackets > 0 ? now : traffic?.receivedAt;
  return {
    at: now,
    receivedBytes,
    sentBytes,
    receivedPackets,
    ...(receivedAt === undefined ? {} : { receivedAt }),
  };
}

function ofFamily(track: Track, family: Family | undefined): Track {
  return family === undefined || family === track.family ? track : { ...track, family };
}

function changeTracks(state: WanState, change: (track: Track) => Track): WanState {
  return { ...state, probes: state.probes.map(change) };
}

function changeTrack(state: WanState, probe: number, change: (track: Track) => Track): WanState {
  const track = state.probes[probe];
  if (track === undefined) return state;
  const changed = change(track);
  return changed === track ? state : { ...state, probes: state.probes.with(probe, changed) };
}
