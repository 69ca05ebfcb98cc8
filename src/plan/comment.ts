import type { Origin } from '../config/site.ts';

/** nft ends a rule's comment at 128 bytes; iptables at 255. */
const MAX_COMMENT = 120;

/**
 * The comment on a generated rule: what it is for, and the line of the site or profile it comes from. Characters that
 * would end the quoted string in either backend become `?`.
 */
export function comment(text: string, origin: Origin): string {
  const place = ` (${origin.file}:${origin.line})`;
  const safe = `${text.slice(0, Math.max(0, MAX_COMMENT - place.length))}${place}`;
  return safe.replaceAll(/[^ -~]|["\\]/g, '?').slice(0, MAX_COMMENT);
}
