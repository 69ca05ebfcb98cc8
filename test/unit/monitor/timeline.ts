import { readSite } from '../../../src/config/read-site.ts';
import type { Site } from '../../../src/config/site.ts';
import type { MonitorState } from '../../../src/monitor/decide/decision.ts';
import { activeIn } from '../../../src/monitor/decide/standing.ts';
import { NO_MEMORY, remember, start } from '../../../src/monitor/decide/start.ts';
import type { AdminWord, LinkState, MonitorEvent } from '../../../src/monitor/event.ts';
import { type Fate, type Played, play, type ScriptItem } from '../../../src/monitor/replay/play.ts';
import { parseDuration } from '../../../src/net/duration.ts';

/** How a timeline file is written: test/timelines/README.md. */
export interface Timeline {
  readonly site: Site;
  /** Split where the daemon is started again. */
  readonly lives: readonly { readonly from: number; readonly script: readonly ScriptItem[] }[];
  readonly until: number;
  /** Lines after `=>`. */
  readonly expected: readonly string[];
}

export function readTimeline(text: string): Timeline {
  const lines = text.split('\n').map((line) => line.replace(/^#.*|\s#.*/, '').trimEnd());
  const site = siteOf(lines);
  const expected = lines.flatMap((line) => /^\s*=>\s*(.*)$/.exec(line)?.[1] ?? []);
  const items: ScriptItem[] = [];
  const starts = [0];
  let until = 0;
  for (const line of lines) {
    const words = /^(\S+?)(?:-(\S+))?\s+(.+)$/.exec(line);
    if (words === null || /^(?:wan|policy)\s|^\s/.test(line)) continue;
    const [, from = '', to, rest = ''] = words;
    const at = timeOf(from, line);
    const end = to === undefined ? at : timeOf(to, line);
    until = Math.max(until, end);
    if (rest === 'daemon restarts') starts.push(at);
    else items.push(...itemsOf(site, at, to === undefined ? undefined : end, rest.split(/\s+/), line));
  }
  items.sort((a, b) => a.at - b.at);
  const lives = starts.map((from, index) => {
    const next = starts[index + 1] ?? Infinity;
    return { from, script: items.filter(({ at }) => at >= from && at < next) };
  });
  return { site, lives, until, expected };
}

/** `wan NAME {…}` is a profile without its name and interface, `policy NAME {…}` a policy of the site. */
function siteOf(lines: readonly string[]): Site {
  const files: Record<string, string> = {};
  const policies: string[] = [];
  for (const line of lines) {
    const [, kind, name = '', body = ''] = /^(wan|policy)\s+(\S+)\s+\{(.*)\}$/.exec(line) ?? [];
    if (kind === 'wan')
      files[`profiles/${name}.yaml`] =
        `{ name: ${name}, interface: wan${Object.keys(files).length}, ${body} }`;
    if (kind === 'policy') policies.push(`  ${name}: {${body}}\n`);
  }
  const profiles = Object.keys(files).join(', ');
  files['polywan.yaml'] =
    `version: 1\nprofiles: [${profiles}]\n${policies.length > 0 ? 'policies:\n' : ''}${policies.join('')}`;
  const { site, diagnostics } = readSite(
    'polywan.yaml',
    (path) => files[path],
    () => undefined,
  );
  if (site === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return site;
}

function timeOf(text: string, line: string): number {
  const ms = text === '0' ? 0 : parseDuration(text);
  if (ms === undefined) throw new Error(`no time: ${line}`);
  return Math.round(ms);
}

function itemsOf(
  site: Site,
  at: number,
  end: number | undefined,
  words: readonly string[],
  line: string,
): readonly ScriptItem[] {
  const [subject = '', verb = '', ...rest] = words;
  const [name = '', place] = subject.split('/');
  if (name === 'machine') return [{ at, kind: 'event', event: { kind: 'gap' } }];
  const wan = site.wans.find((each) => each.name === name);
  if (wan === undefined) throw new Error(`no such WAN: ${line}`);
  if (end === undefined) return [{ at, kind: 'event', event: eventOf(name, verb, place, rest, line) }];
  const probes = place === undefined ? [...wan.probes.keys()] : [Number(place) - 1];
  const items: ScriptItem[] = [];
  const rounds = Math.ceil((end - at) / wan.health.intervalMs);
  for (let round = 0; round < rounds; round += 1)
    for (const probe of probes)
      items.push({
        at: at + round * wan.health.intervalMs,
        kind: 'sent',
        wan: name,
        probe,
        fate: fateOf(verb, rest, round, wan.health.intervalMs, line),
      });
  return items;
}

function eventOf(
  wan: string,
  verb: string,
  place: string | undefined,
  rest: readonly string[],
  line: string,
): MonitorEvent {
  const [first = '', second = ''] = rest;
  const family = first === 'ipv6' ? 'ipv6' : 'ipv4';
  switch (verb) {
    case 'link':
      return { kind: 'link', wan, state: first as LinkState };
    case 'admin':
      return { kind: 'admin', wan, word: first as AdminWord };
    case 'child':
      return { kind: 'child', wan, probe: Number(place) - 1, state: first === 'died' ? 'died' : 'started' };
    case 'address':
      return { kind: 'address', wan, family, addresses: second === 'none' ? [] : [second] };
    case 'gateway':
      return { kind: 'gateway', wan, family, ...(second === 'none' ? {} : { gateway: second }) };
    default:
      throw new Error(`no such event: ${line}`);
  }
}

/** Losses are spread evenly: with 15 % three of twenty, never two in a row. */
function fateOf(
  verb: string,
  [first = '', second = '']: readonly string[],
  round: number,
  intervalMs: number,
  line: string,
): Fate {
  const afterMs = parseDuration(second === '' ? first : second) ?? 20;
  switch (verb) {
    case 'answers':
      return { kind: 'answered', afterMs };
    case 'silent':
      return { kind: 'silent' };
    case 'flaps': {
      const isSilent = Math.floor((round * intervalMs) / afterMs) % 2 === 1;
      return isSilent ? { kind: 'silent' } : { kind: 'answered', afterMs: 20 };
    }
    case 'loses': {
      const share = Number.parseFloat(first) / 100;
      const isLost = Math.floor((round + 1) * share) > Math.floor(round * share);
      return isLost ? { kind: 'silent' } : { kind: 'answered', afterMs };
    }
    case 'portal':
    case 'bad':
    case 'error':
      return { kind: verb, afterMs };
    default:
      throw new Error(`no such outcome: ${line}`);
  }
}

/** What the monitor makes of it, in the words of the `=>` lines. */
export function runTimeline({ site, lives, until }: Timeline): readonly string[] {
  let memory = NO_MEMORY;
  return lives.flatMap(({ from, script }, index) => {
    let state = start(site, memory, from);
    const said: string[] = [];
    for (const played of play(state, script, lives[index + 1]?.from ?? until + 10_000)) {
      said.push(...sayPlayed(played));
      state = played.decision.state;
    }
    memory = remember(state);
    return said;
  });
}

function sayPlayed({ at, before, decision }: Played): readonly string[] {
  const time = `${at / 1000}s`;
  const { state, transitions, familyTurns, resets } = decision;
  return [
    ...transitions.map(
      ({ wan, from, to, cause }) =>
        `${time} ${wan} ${from} -> ${to}${cause === undefined ? '' : ` (${cause})`}`,
    ),
    ...usesBetween(before, state).map((use) => `${time} ${use}`),
    ...resets.map(
      ({ wan, family, why, all, policies }) =>
        `${time} reset ${wan} ${family}, ${why}: ${all ? 'all' : policies.join(' ')}`,
    ),
    ...familyTurns.map(
      ({ wan, family, down, cause }) =>
        `${time} ${wan} ${family} ${down ? 'down' : 'back'}${cause === undefined ? '' : ` (${cause})`}`,
    ),
  ];
}

function usesBetween(before: MonitorState, after: MonitorState): readonly string[] {
  return after.site.policies.flatMap((policy) =>
    (['ipv4', 'ipv6'] as const).flatMap((family) => {
      const [was, is] = [before, after].map(
        (state) => activeIn(state, policy, family).join(' ') || policy.lastResort,
      );
      const known = after.site.wans.some((wan) => wan.families.includes(family));
      return was === is || !known ? [] : [`${policy.name}${family === 'ipv6' ? ' ipv6' : ''} uses ${is}`];
    }),
  );
}
