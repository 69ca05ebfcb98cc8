/** RFC 2474 (csN), RFC 2597 (afXY) and RFC 3246 (ef). */
const NAMED: ReadonlyMap<string, number> = new Map([
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((selector) => [`cs${selector}`, selector * 8] as const),
  ...[1, 2, 3, 4].flatMap((group) =>
    [1, 2, 3].map((drop) => [`af${group}${drop}`, group * 8 + drop * 2] as const),
  ),
  ['ef', 46],
]);

export const DSCP_NAMES: readonly string[] = [...NAMED.keys()];

/** A DSCP by number or by name. */
export function parseDscp(text: string): number | undefined {
  if (!/^\d{1,2}$/.test(text)) return NAMED.get(text);
  return Number(text) <= 63 ? Number(text) : undefined;
}
