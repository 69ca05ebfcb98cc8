import type { Flow } from './flow.ts';
import type { Disposition, PacketName, TracePath } from './trace.ts';

type Judged = Omit<TracePath, 'summary'>;

/** One sentence for one way. */
export function summarizePath({ packets, outcome }: Judged, flow: Flow): string {
  const first = packets[0]?.disposition;
  if (first === undefined) return 'nothing was followed';
  const begins = sayDisposition(first);
  switch (outcome) {
    case 'stays':
      return [begins, ...(packets.length > 1 ? ['stays there'] : [])].join(', ') + sayReply(packets);
    case 'stopped':
      return begins;
    case 'changes':
    case 'broken':
      return `${begins}, ${sayStrayed(packets, first, flow)}`;
    case 'unknown': {
      const unknown = packets.find((packet) => packet.disposition.kind === 'unknown');
      const what = unknown === undefined ? begins : sayDisposition(unknown.disposition);
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

function sayStrayed(packets: TracePath['packets'], first: Disposition, flow: Flow): string {
  const strayed = packets.find((packet) => {
    if (packet === packets[0] || packet.name === 'E') return false;
    if (packet.name === 'R')
      return flow.in === undefined
        ? packet.disposition.kind !== 'local'
        : packet.disposition.kind !== 'routed' || packet.disposition.interface !== flow.in;
    return sayDisposition(packet.disposition) !== sayDisposition(first);
  });
  return strayed === undefined
    ? 'strays'
    : `but ${WORDS[strayed.name]} ${sayDisposition(strayed.disposition)}`;
}

function sayReply(packets: TracePath['packets']): string {
  const reply = packets.find((packet) => packet.name === 'R');
  if (reply === undefined) return '';
  const { start, disposition } = reply;
  if (start.in !== undefined) return `; replies return by ${start.in}`;
  return disposition.kind === 'routed'
    ? `; replies leave by ${disposition.interface} as ${disposition.source}`
    : '';
}

export function sayDisposition(disposition: Disposition): string {
  switch (disposition.kind) {
    case 'routed':
      return `leaves by ${disposition.interface} as ${disposition.source}`;
    case 'local':
      return `is delivered to this machine as ${disposition.destination}`;
    case 'dropped':
      return `is dropped (${disposition.reason})`;
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

/** One sentence for the whole flow. */
export function summarize(flow: Flow, paths: readonly TracePath[]): string {
  const [first] = paths;
  if (first === undefined) return `no way of the flow to ${flow.destination} was followed`;
  const summaries = new Map<string, number>();
  for (const path of paths) summaries.set(path.summary, (summaries.get(path.summary) ?? 0) + path.weight);
  if (summaries.size === 1) return first.summary;
  const total = [...summaries.values()].reduce((sum, weight) => sum + weight, 0);
  const [most = ''] = [...summaries].sort(([, a], [, b]) => b - a).map(([text]) => text);
  const share = Math.round((100 * (summaries.get(most) ?? 0)) / total);
  return `${summaries.size} ways; ${share} %: ${most}`;
}
