/** What one line of `ping -n -O` says. */
export type PingLine =
  | { readonly kind: 'reply'; readonly sequence: number; readonly rttMs: number }
  /** Printed when the next probe is sent: this one has no answer yet. */
  | { readonly kind: 'silence'; readonly sequence: number }
  /** A router, or this machine for want of a neighbour, says that the target cannot be reached. */
  | { readonly kind: 'unreachable'; readonly sequence: number };

const REPLY = /\bicmp_seq=(\d+) .*\btime[=<]([\d.]+) ms/;
const SILENCE = /^no answer yet for icmp_seq=(\d+)/;
const ERROR = /^From .*\bicmp_seq=(\d+) /;

/** Undefined for banners and for duplicates, whose first answer was told already. */
export function parsePingLine(line: string): PingLine | undefined {
  if (line.endsWith('(DUP!)')) return undefined;
  const silence = SILENCE.exec(line);
  if (silence !== null) return { kind: 'silence', sequence: Number(silence[1]) };
  const error = ERROR.exec(line);
  if (error !== null) return { kind: 'unreachable', sequence: Number(error[1]) };
  const reply = REPLY.exec(line);
  if (reply === null) return undefined;
  return { kind: 'reply', sequence: Number(reply[1]), rttMs: Number(reply[2]) };
}
