import type {
  MonitorStatus,
  ProbeStatus,
  WaitingStatus,
  WanStatus,
} from '../../monitor/control/monitor-status.ts';
import { FAMILIES } from '../../net/family.ts';
import { table } from './table.ts';

const LATEST = 5;

/** What the running monitor knows, in tables of at most `columns`. */
export function formatMonitorStatus(status: MonitorStatus, nowMs: number, columns: number): string {
  const { wans, transitions, leastBad, pid, sinceMs } = status;
  return [
    `monitor (pid ${pid}) watches for ${ago(nowMs - sinceMs)}\n`,
    ...(leastBad === undefined ? [] : [`no WAN is well; the likeliest to return is ${leastBad}\n`]),
    '\nhealth\n',
    table(
      [
        ['wan', 'health', 'for', 'cause', 'new connections'],
        ...wans.flatMap((wan) => [wanRow(wan, nowMs), ...familyRows(wan, nowMs)]),
      ],
      columns,
    ),
    '\nprobes\n',
    table(
      [
        ['wan', 'loss', 'rtt', 'jitter', 'latest', 'probe'],
        ...wans.flatMap((wan) => wan.probes.map((probe) => probeRow(wan, probe))),
      ],
      columns,
    ),
    ...(transitions.length === 0 ? [] : ['\nlatest transitions\n', transitionTable(status, nowMs, columns)]),
  ].join('');
}

function wanRow(
  { name, families, health, cause, sinceMs, used, admin, dampedUntilMs, waiting }: WanStatus,
  nowMs: number,
): readonly string[] {
  const word = admin === 'auto' ? [] : [`an administrator says ${admin}`];
  return [
    name,
    health,
    ago(nowMs - sinceMs),
    cause ?? '',
    [
      used ? 'yes' : 'no',
      ...word,
      ...dampedText(dampedUntilMs, nowMs),
      ...waiting.map((wait) => waitingText(wait, Object.keys(families).length > 1, nowMs)),
    ].join('; '),
  ];
}

/** A WAN that is down is so with all of its families. */
function familyRows({ name, used, familyHealth }: WanStatus, nowMs: number): readonly (readonly string[])[] {
  if (!used) return [];
  return FAMILIES.flatMap((family) => {
    const found = familyHealth[family];
    if (found?.health !== 'down') return [];
    const { cause, sinceMs, dampedUntilMs } = found;
    const last = ['no', ...dampedText(dampedUntilMs, nowMs)].join('; ');
    return [[`${name}/${family}`, 'down', ago(nowMs - sinceMs), cause ?? '', last]];
  });
}

function dampedText(untilMs: number | undefined, nowMs: number): readonly string[] {
  return untilMs === undefined ? [] : [`held back for ${ago(untilMs - nowMs)}, as it flapped`];
}

function waitingText({ policy, backAtMs, families }: WaitingStatus, hasBoth: boolean, nowMs: number): string {
  const which = hasBoth && families.length === 1 ? ` ${families.join()}` : '';
  const when = backAtMs === null ? 'when it is needed' : `in ${ago(backAtMs - nowMs)}`;
  return `${policy}:${which} back ${when}`;
}

function probeRow(
  { name }: WanStatus,
  { probe, verdict, lossPercent, rttMs, jitterMs, history }: ProbeStatus,
) {
  const note = verdict === 'well' || verdict === 'pending' ? probe : `${probe} (${verdict})`;
  return [
    name,
    lossPercent === undefined ? '–' : `${lossPercent}%`,
    milliseconds(rttMs),
    milliseconds(jitterMs),
    history,
    note,
  ];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '' : `${value} ms`;
}

function transitionTable({ transitions }: MonitorStatus, nowMs: number, columns: number): string {
  const rows = transitions
    .slice(-LATEST)
    .map(({ wan, from, to, cause, atMs }) => [
      `${ago(nowMs - atMs)} ago`,
      wan,
      `${from} → ${to}${cause === undefined ? '' : ` (${cause})`}`,
    ]);
  return table(rows, columns);
}

/** `45s`, `12m`, `3h 5m`, `2d 4h`: the two greatest units a person cares for. */
function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}
