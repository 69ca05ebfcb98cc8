import type { KernelState } from '../../kernel/state.ts';
import type { Sources } from '../../net/diagnostic.ts';
import { isByChance, verdicts } from '../../trace/summarize.ts';
import type { Condition, PacketTrace, PacketView, Trace, TracePath } from '../../trace/trace.ts';
import { ruleName, rulePlace, ruleText } from './rule-text.ts';
import { lines } from './text-lines.ts';
import { formatSteps } from './trace-step.ts';

/** What is needed beside the trace to say it in the reader's own names. */
export interface TraceSetting {
  readonly state: KernelState;
  readonly sources: Sources;
  /** WANs by their interface. */
  readonly wans: ReadonlyMap<string, string>;
  readonly tableNames: ReadonlyMap<number, string>;
  readonly verbose: boolean;
  readonly width: number;
}

/** Ways beyond these are counted only; -v prints all. */
const MOST_WAYS = 3;

/** Packet by packet, hook by hook, and in the end one sentence. */
export function formatTrace(trace: Trace, setting: TraceSetting): string {
  const shown = setting.verbose ? trace.paths : trace.paths.slice(0, MOST_WAYS);
  const total = trace.paths.reduce((sum, path) => sum + path.weight, 0);
  const byChance = isByChance(trace.paths);
  const ways = shown.map((path, at) => {
    const share = total > 0 ? Math.round((100 * path.weight) / total) : 0;
    const many = trace.paths.length > 1;
    const head = many ? `way ${at + 1} of ${trace.paths.length}${byChance ? `, ${share} %` : ''}\n` : '';
    return head + formatPath(path, setting);
  });
  const rest = trace.paths.length - shown.length;
  return [
    ...ways,
    rest > 0 ? `${rest} more ${rest === 1 ? 'way' : 'ways'}; -v prints them\n` : '',
    remarks(trace, setting),
    verdicts(trace.flow, trace.paths)
      .map((text) => lines(nameDevices(text, setting), '', setting.width))
      .join(''),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function formatPath(path: TracePath, setting: TraceSetting): string {
  // What is sure is no condition.
  const open = path.conditions.filter(({ weight, holds }) => !holds || weight !== 1);
  const when = open.map((one) => lines(sayCondition(one, setting), '  if ', setting.width));
  const told = path.packets.map((packet) => formatSteps(packet.steps, setting));
  const packets = path.packets.map((packet, at) => {
    // A packet that met the same rules, marks and routes needs no second telling.
    const twin = told.findIndex(
      (text, other) => text === told[at] && path.packets[other]?.direction === packet.direction,
    );
    const as = path.packets[twin]?.name;
    const steps = setting.verbose || twin === at ? told[at] : `  as ${as}\n`;
    return formatPacket(packet, steps ?? '', setting);
  });
  return [...when, ...packets, ...formatCause(path, setting)].join('');
}

function sayCondition({ text, holds, weight, rule }: Condition, { sources }: TraceSetting): string {
  const share = weight === undefined ? '' : ` (${Math.round(weight * 100)} %)`;
  const place = rule === undefined ? '' : ` [${rulePlace(rule, sources)}]`;
  return `${holds ? '' : 'not '}${text}${share}${place}`;
}

const NAMES: Readonly<Record<PacketTrace['name'], string>> = {
  P1: 'first packet',
  P1b: 'again before any reply',
  R: 'reply',
  P3: 'after the reply',
  E: 'ICMP error about the first packet',
};

function formatPacket(packet: PacketTrace, steps: string, setting: TraceSetting): string {
  const { start } = packet;
  const by = start.in === undefined ? 'from this machine' : `in by ${nameDevice(start.in, setting)}`;
  const head = `${packet.name} ${NAMES[packet.name]}, ${by}: ${sayView(start)}`;
  const end = lines(sayEnd(packet, setting), '  => ', setting.width);
  return `${lines(head, '', setting.width)}${steps}${end}`;
}

export function sayView(view: PacketView): string {
  const end = (named: string, port: string | undefined) => {
    // A socket's address that routing has yet to choose.
    const address = named === '' ? '?' : named;
    return port === undefined
      ? address
      : address.includes(':')
        ? `[${address}]:${port}`
        : `${address}:${port}`;
  };
  const from = end(view.source, view.sourcePort);
  return `${from} -> ${end(view.destination, view.destinationPort)} ${view.protocol}`;
}

function sayEnd({ disposition, end }: PacketTrace, setting: TraceSetting): string {
  switch (disposition.kind) {
    case 'routed': {
      const by = nameDevice(disposition.interface, setting);
      const via = disposition.gateway === undefined ? '' : ` via ${disposition.gateway}`;
      return `leaves by ${by}${via} as ${sayView(end)}`;
    }
    case 'local':
      return `delivered to this machine as ${disposition.destination}`;
    default:
      return `${disposition.kind}: ${disposition.reason}`;
  }
}

function formatCause(
  { cause, outcome }: TracePath,
  { state, sources, width }: TraceSetting,
): readonly string[] {
  if (cause === undefined || outcome === 'stays' || cause.kind !== 'rule') return [];
  const { rule } = cause;
  return [
    lines(`because of ${rulePlace(rule, sources)} (${ruleName(rule)}):`, '', width),
    lines(ruleText(rule, state, sources), '    ', width),
  ];
}

/** `wan0` as `fiber (wan0)`. */
export function nameDevice(device: string, { wans }: Pick<TraceSetting, 'wans'>): string {
  const wan = wans.get(device);
  return wan === undefined ? device : `${wan} (${device})`;
}

/** The trace's own sentences speak of interfaces. A WAN's is told with its first mention. */
export function nameDevices(sentence: string, setting: Pick<TraceSetting, 'wans'>): string {
  const told = new Set<string>();
  return sentence.replace(/\bby ([^\s,;]+)/g, (_, device: string) => {
    const wan = setting.wans.get(device);
    if (wan !== undefined && told.has(device)) return `by ${wan}`;
    told.add(device);
    return `by ${nameDevice(device, setting)}`;
  });
}

function remarks(trace: Trace, setting: TraceSetting): string {
  const { width, sources } = setting;
  const unmodelled = trace.unmodelled.map(({ text, rule }) =>
    lines(`not followed: ${text}${rule === undefined ? '' : ` [${rulePlace(rule, sources)}]`}`, '', width),
  );
  const assumed = trace.assumed.map((text) => lines(`taken as usual: ${text}`, '', width));
  const limits = trace.limits.map((text) => lines(`limit reached: ${text}`, '', width));
  return [...unmodelled, ...assumed, ...limits].join('');
}
