/** What one line of `ping -D -n -O` says. */
export type PingLine = PingWord & {
  /** When it was written: milliseconds since the epoch. */
  readonly writtenMs: number;
};

type PingWord =
  | { readonly kind: 'reply'; readonly sequence: number; readonly rttMs: number }
  /** Printed when the next probe is sent: this one has no answer yet. */
  | { readonly kind: 'silence'; readonly sequence: number }
  /** A router, or this machine for want of a neighbour, says that the target cannot be reached. */
  | { readonly kind: 'unreachable'; readonly sequence: number };

const REPLY = /^\[([\d.]+)\] .*\bicmp_seq=(\d+) .*\btime[=<]([\d.]+) ms/;
const SILENCE = /^\[([\d.]+)\] no answer yet for icmp_seq=(\d+)/;
const ERROR = /^\[([\d.]+)\] From .*\bicmp_seq=(\d+) /;

/** Undefined for banners and for duplicates, whose first answer was told already. */
export function parsePingLine(line: string): PingLine | undefined {
  if (line.endsWith('(DUP!)')) return undefined;
  const reply = REPLY.exec(line);
  if (reply !== null) return { kind: 'reply', ...numbers(reply), rttMs: Number(reply[3]) };
  const silence = SILENCE.exec(line);
  if (silence !== null) return { kind: 'silence', ...numbers(silence) };
  const error = ERROR.exec(line);
  return error === null ? undefined : { kind: 'unreachable', ...numbers(error) };
}

function numbers([, written, sequence]: RegExpExecArray) {
  return { writtenMs: Number(written) * 1000, sequence: Number(sequence) };
}
