import type { MonitorStatus, ProbeStatus, WanStatus } from '../../monitor/control/monitor-status.ts';
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
      [['wan', 'health', 'for', 'cause', 'new connections'], ...wans.map((wan) => wanRow(wan, nowMs))],
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
  { name, health, cause, sinceMs, used, admin, dampedUntilMs }: WanStatus,
  nowMs: number,
): readonly string[] {
  const word = admin === 'auto' ? [] : [`an administrator says ${admin}`];
  const damped =
    dampedUntilMs === undefined ? [] : [`held back for ${ago(dampedUntilMs - nowMs)}, as it flapped`];
  return [
    name,
    health,
    ago(nowMs - sinceMs),
    cause ?? '',
    [used ? 'yes' : 'no', ...word, ...damped].join('; '),
  ];
}

function probeRow(
  { name }: WanStatus,
  { probe, verdict, lossPercent, rttMs, jitterMs, history }: ProbeStatus,
) {
  const note = verdict === 'well' || verdict === 'pending' ? probe : `${probe} (${verdict})`;
  return [name, `${lossPercent}%`, milliseconds(rttMs), milliseconds(jitterMs), history, note];
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
