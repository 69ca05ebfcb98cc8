/**
 * A mark: a value under a mask, both unsigned 32 bit. Writing it to a word keeps the bits outside the mask:
 * word = (word & ~mask) ^ value (kernel-facts 3).
 */
export interface Mark {
  readonly value: number;
  readonly mask: number;
}

export const FULL_MASK = 0xffffffff;

/** The word after `mark` has been set on it. */
export function setMark(word: number, mark: Mark): number {
  return ((word & ~mark.mask) ^ mark.value) >>> 0;
}

/** Whether the word carries this mark: ((word & mask) == value). A value outside its mask never matches. */
export function hasMark(word: number, mark: Mark): boolean {
  return (word & mark.mask) >>> 0 === mark.value;
}

/** `0x1000000`, the form iproute2 and iptables print. */
export function formatWord(word: number): string {
  return `0x${(word >>> 0).toString(16)}`;
}

/** `0x1000000/0xff000000`, or the bare value under a full mask. */
export function formatMark(mark: Mark): string {
  return mark.mask === FULL_MASK
    ? formatWord(mark.value)
    : `${formatWord(mark.value)}/${formatWord(mark.mask)}`;
}

// Outside of the function, which would make both anew for every word of a big ruleset.
const WORD = /^(?:0x[0-9a-f]+|[0-9]+)$/i;
const OCTAL = /^0[0-7]+$/;

/** Reads decimal, hex (0x) and octal (leading 0) like strtoul(…, 0); undefined when it is not one 32-bit word. */
export function parseWord(text: string): number | undefined {
  if (!WORD.test(text)) return undefined;
  const word = text.startsWith('0') && OCTAL.test(text) ? Number.parseInt(text, 8) : Number(text);
  return word <= FULL_MASK ? word : undefined;
}

/** Reads `V` or `V/M`; a bare value has the full mask. */
export function parseMark(text: string): Mark | undefined {
  const [first, second, ...rest] = text.split('/');
  if (first === undefined || rest.length > 0) return undefined;
  const value = parseWord(first);
  const mask = second === undefined ? FULL_MASK : parseWord(second);
  return value === undefined || mask === undefined ? undefined : { value, mask };
}

/** Position of the lowest set bit of a non-zero mask. */
export function lowestBit(mask: number): number {
  return 31 - Math.clz32((mask & -mask) >>> 0);
}

/** Whether the set bits of a non-zero mask stand together. */
export function isContiguous(mask: number): boolean {
  if (mask === 0) return false;
  const shifted = mask >>> lowestBit(mask);
  return (shifted & (shifted + 1)) >>> 0 === 0;
}
