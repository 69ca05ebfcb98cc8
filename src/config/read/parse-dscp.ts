/** A DSCP by number, or by its name in RFC 2474 (csN), RFC 2597 (afXY) or RFC 3246 (ef). */
export function parseDscp(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text) <= 63 ? Number(text) : undefined;
  if (text === 'ef') return 46;
  const selector = /^cs([0-7])$/.exec(text);
  if (selector !== null) return Number(selector[1]) * 8;
  const assured = /^af([1-4])([1-3])$/.exec(text);
  return assured === null ? undefined : Number(assured[1]) * 8 + Number(assured[2]) * 2;
}
