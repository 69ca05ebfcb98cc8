import type { FlowPacket, SufferingFlow } from '../../../lint/finding.ts';
import { FULL_MASK, formatWord } from '../../../net/mark.ts';
import type { MarkView } from '../../../trace/trace.ts';
import { protocolName } from '../../../trace/view.ts';
import { table } from '../table.ts';
import { wrap } from '../wrap.ts';

/** `tcp 192.0.2.10 -> 203.0.113.9:443, in by lan0` */
export function flowWords({ flow }: SufferingFlow): string {
  const { protocol, source, sourcePort, destination, destinationPort, mark, connmark } = flow;
  const from = flow.in === undefined ? "the router's own" : `in by ${flow.in}`;
  const start = source === undefined ? '' : `${endpoint(source, sourcePort)} `;
  const brought = [
    ...(typeof mark === 'number' && mark !== 0 ? [`with mark ${formatWord(mark)}`] : []),
    ...(connmark === undefined ? [] : [`of a connection with mark ${formatWord(connmark)}`]),
  ];
  const way = `${protocolName(protocol)} ${start}-> ${endpoint(destination, destinationPort)}`;
  return [`${way}, ${from}`, ...brought].join(', ');
}

function endpoint(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Packets as rows, which, its marks, and where it went; then the same for what would be otherwise. */
export function flowTable({ packets, otherwise }: SufferingFlow, width: number): string {
  const rows = packets.length === 0 ? '' : table([HEAD, ...packets.map(packetRow)], width);
  if (otherwise === undefined) return rows;
  const when = wrap(`${otherwise.when}:`, width).map((line) => `${line}\n`);
  return [rows, ...when, table([HEAD, ...otherwise.packets.map(packetRow)], width)].join('');
}

const HEAD = ['', 'mark', 'connmark', 'exit'];

function packetRow({ name, mark, connmark, exit }: FlowPacket): readonly string[] {
  return [name, markWords(mark), connmark === undefined ? 'none' : markWords(connmark), exit];
}

/** `0x3?` where the bits of the last digit are not known. */
function markWords(mark: MarkView): string {
  if (typeof mark === 'number') return formatWord(mark);
  const { value, unknown } = mark;
  if (unknown >>> 0 === FULL_MASK) return '?';
  const known = (value & ~unknown) >>> 0;
  const digits = Math.max(known.toString(16).length, (unknown >>> 0).toString(16).length);
  const shown = Array.from({ length: digits }, (_, at) => {
    const shift = 4 * (digits - 1 - at);
    return ((unknown >>> shift) & 0xf) === 0 ? ((known >>> shift) & 0xf).toString(16) : '?';
  });
  return `0x${shown.join('')}`;
}
