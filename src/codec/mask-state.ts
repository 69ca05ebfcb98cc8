import type { KernelState } from '../kernel/state.ts';
import { type AddressBook, addressBook } from './address-book.ts';
import { ADDRESS_WORD, collectAddresses } from './collect-addresses.ts';

/** 32 bytes in base64: a WireGuard key, in a comment or a file. */
const KEY = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=/g;

/**
 * The state without what tells whose it is: each public address is exchanged for a documentation address, each key for a
 * name. The same address always becomes the same one, and what was in one network stays in one network, so that rules
 * and routes decide as before. Undefined: there are more networks than there are addresses to stand for them.
 */
export function maskState(state: KernelState): KernelState | undefined {
  const book = addressBook(collectAddresses(state));
  if (book === undefined) return undefined;
  const keys = new Map<string, string>();
  return maskValue(state, { book, keys }) as KernelState;
}

interface Mask {
  readonly book: AddressBook;
  readonly keys: Map<string, string>;
}

function maskValue(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return maskText(value, mask);
  if (Array.isArray(value)) return value.map((item) => maskValue(item, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, maskValue(member, mask)]));
}

function maskText(text: string, { book, keys }: Mask): string {
  // Most strings are names and kinds.
  if (!/[.:=]/.test(text)) return text;
  const hidden = text.replace(KEY, (key) => {
    const known = keys.get(key) ?? `masked-key-${keys.size + 1}`;
    keys.set(key, known);
    return known;
  });
  return hidden.replace(ADDRESS_WORD, (word) => book.mask(word));
}
