import type { Flow } from './flow.ts';
import type { Disposition, PacketName, PacketTrace, TracePath } from './trace.ts';

type Judged = Omit<TracePath, 'summary'>;

/** Devices behind which packets of this flow go to one gateway or another: there the device alone does not tell the way. */
export type SharedDevices = ReadonlySet<string>;

export function sharedDevices(ways: readonly { readonly packets: readonly PacketTrace[] }[]): SharedDevices {
  const gateways = new Map<string, string | undefined>();
  const shared = new Set<string>();
  for (const { packets } of ways)
    for (const { disposition } of packets) {
      if (disposition.kind !== 'routed') continue;
      const { interface: device, gateway } = disposition;
      if (gateways.has(device) && gateways.get(device) !== gateway) shared.add(device);
      gateways.set(device, gateway);
    }
  return shared;
}

/** One sentence for one way. */
export function summarizePath({ packets, outcome }: Judged, flow: Flow, shared: SharedDevices): string {
  const [packet] = packets;
  if (packet === undefined) return 'nothing was followed';
  const first = packet.disposition;
  const begins = sayFirst(packet, shared);
  switch (outcome) {
    case 'stays':
      return [begins, ...(packets.length > 1 ? ['stays there'] : [])].join(', ') + sayReply(packets, shared);
    case 'stopped':
      return begins;
    case 'changes':
    case 'broken':
      return `${begins}, ${sayStrayed(packets, first, flow, shared)}`;
    case 'unknown': {
      const unknown = packets.find((packet) => packet.disposition.kind === 'unknown');
      const what = unknown === undefined ? begins : sayDisposition(unknown.disposition, shared);
      return unknown === packets[0] || unknown === undefined
        ? what
        : `${begins}, then (${unknown.name}) ${what}`;
    }
  }
}

const WORDS: Readonly<Record<PacketName, string>> = {
  P1: 'the first packet',
  P1b: 'the next packet before any reply',
  R: 'the reply',
  P3: 'the first packet after the reply',
  E: 'an ICMP error',
};

function sayStrayed(
  packets: TracePath['packets'],
  first: Disposition,
  flow: Flow,
  shared: SharedDevices,
): string {
  const strayed = packets.find((packet) => {
    if (packet === packets[0] || packet.name === 'E') return false;
    if (packet.name === 'R')
      return flow.in === undefined
        ? packet.disposition.kind !== 'local'
        : packet.disposition.kind !== 'routed' || packet.disposition.interface !== flow.in;
    return sayDisposition(packet.disposition, shared) !== sayDisposition(first, shared);
  });
  if (strayed === undefined) return 'strays';
  const { name, disposition } = strayed;
  return name === 'R' && disposition.kind === 'routed'
    ? `but the reply leaves by ${sayExit(disposition, shared)}${flow.in === undefined ? '' : `, not by ${flow.in}`}`
    : `but ${WORDS[name]} ${sayDisposition(disposition, shared)}`;
}

function sayReply(packets: TracePath['packets'], shared: SharedDevices): string {
  const reply = packets.find((packet) => packet.name === 'R');
  if (reply === undefined) return '';
  const { start, disposition } = reply;
  const [first] = packets;
  if (start.in !== undefined && (first === undefined || !isRedirected(first)))
    return `; replies return by ${start.in}`;
  return disposition.kind === 'routed'
    ? `; replies leave by ${sayExit(disposition, shared)}${as(disposition.source)}`
    : '';
}

/** A forwarded port: where it leads counts, not where its sender sees it. */
function sayFirst(packet: PacketTrace, shared: SharedDevices): string {
  const { start, disposition } = packet;
  if (disposition.kind !== 'routed' || !isRedirected(packet)) return sayDisposition(disposition, shared);
  const source = disposition.source === start.source ? '' : as(disposition.source);
  return `goes to ${disposition.destination} by ${sayExit(disposition, shared)}${source}`;
}

function isRedirected({ start, disposition }: PacketTrace): boolean {
  return disposition.kind === 'routed' && disposition.destination !== start.destination;
}

/** Nothing where the address is not known. */
function as(source: string): string {
  return source === '?' ? '' : ` as ${source}`;
}

type Routed = Extract<Disposition, { readonly kind: 'routed' }>;

function sayExit({ interface: device, gateway }: Routed, shared: SharedDevices): string {
  return shared.has(device) && gateway !== undefined ? `${device} via ${gateway}` : device;
}

export function sayDisposition(disposition: Disposition, shared: SharedDevices = new Set()): string {
  switch (disposition.kind) {
    case 'routed':
      return `leaves by ${sayExit(disposition, shared)}${as(disposition.source)}`;
    case 'local':
      return `is delivered to this machine as ${disposition.destination}`;
    case 'dropped':
      return `is dropped (${disposition.reason})`;
    case 'lost':
      return `is lost (${disposition.reason})`;
    case 'rejected':
      return `is rejected (${disposition.reason})`;
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      return `has nowhere to go (${disposition.reason})`;
    case 'unknown':
      return `cannot be followed: ${disposition.reason}`;
  }
}

/** More ways than these are counted only. */
const MOST_VERDICTS = 3;

/** Whether the ways have shares: where something is not known, nobody knows how often the flow goes one of them. */
export function isByChance(paths: readonly TracePath[]): boolean {
  return paths.every(({ conditions }) => conditions.every(({ weight }) => weight !== undefined));
}

/** What can become of the flow, each once, the likeliest first, with their shares where chance decides. */
export function verdicts(flow: Flow, paths: readonly TracePath[]): readonly string[] {
  const [first] = paths;
  if (first === undefined) return [`no way of the flow to ${flow.destination} was followed`];
  const weights = new Map<string, number>();
  for (const { summary, weight } of paths) weights.set(summary, (weights.get(summary) ?? 0) + weight);
  if (weights.size === 1) return [first.summary];
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const sorted = [...weights].sort(([, a], [, b]) => b - a);
  const byChance = isByChance(paths);
  const said = sorted
    .slice(0, MOST_VERDICTS)
    .map(([text, weight], at) =>
      byChance ? `${Math.round((100 * weight) / total)} %: ${text}` : `${at === 0 ? 'either' : 'or'} ${text}`,
    );
  const rest = sorted.length - said.length;
  return rest > 0 ? [...said, `${byChance ? '' : 'or '}${rest} more`] : said;
}

/** One sentence for the whole flow. */
export function summarize(flow: Flow, paths: readonly TracePath[]): string {
  return verdicts(flow, paths).join('; ');
}
