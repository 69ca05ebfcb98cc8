import type { SufferingFlow } from '../../../lint/finding.ts';
import { FULL_MASK, formatWord } from '../../../net/mark.ts';
import type { MarkView } from '../../../trace/trace.ts';

/** `tcp 192.0.2.10 -> 203.0.113.9:443, in by lan0` */
export function flowWords({ flow }: SufferingFlow): string {
  const { protocol, source, sourcePort, destination, destinationPort } = flow;
  const from = flow.in === undefined ? "the router's own" : `in by ${flow.in}`;
  const start = source === undefined ? '' : `${endpoint(source, sourcePort)} `;
  return `${protocol} ${start}-> ${endpoint(destination, destinationPort)}, ${from}`;
}

function endpoint(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Packets as rows: which, its marks, and where it went. */
export function flowRows({ packets }: SufferingFlow): readonly (readonly string[])[] {
  return [
    ['', 'mark', 'connmark', 'exit'],
    ...packets.map(({ name, mark, connmark, exit }) => [
      name,
      markWords(mark),
      connmark === undefined ? 'none' : markWords(connmark),
      exit,
    ]),
  ];
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
