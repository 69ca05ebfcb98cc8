import type { LinkState } from '../event.ts';

/** What a line of `ip -o monitor` says of a link, at once: it need not be asked for again when a cable is pulled. */
export interface LinkLine {
  readonly device: string;
  readonly state: LinkState;
}

const LINE = /^(Deleted )?\d+: ([^\s:@]+)(?:@\S+)?: <([^>]*)>/;

/** Undefined for lines about other things. */
export function parseLinkLine(line: string): LinkLine | undefined {
  const [, deleted, device, flags = ''] = LINE.exec(line) ?? [];
  if (device === undefined) return undefined;
  return { device, state: deleted === undefined ? stateOf(new Set(flags.split(','))) : 'gone' };
}

/** By the same flag as the listing's readers: NO-CARRIER stays for a moment after the cable is back. */
function stateOf(flags: ReadonlySet<string>): LinkState {
  if (!flags.has('UP')) return 'down';
  return flags.has('LOWER_UP') ? 'up' : 'no-carrier';
}
