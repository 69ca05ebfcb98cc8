import type { KernelState } from '../kernel/state.ts';
import { addressBits } from '../net/family.ts';
import { type Prefix, parseAddress, parsePrefix } from '../net/prefix.ts';

/** What may be an address in running text; whether it is one is found by reading it. MACs have one colon too few. */
export const ADDRESS_WORD =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:]|\.\d))/g;

/** What has to stay together: one address, a network, or the two ends of a range. */
export type AddressUse =
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  | { readonly kind: 'range'; readonly from: Prefix; readonly to: Prefix };

/** Every address, network and range that stands anywhere in the state, in its order. */
export function collectAddresses(state: KernelState): readonly AddressUse[] {
  const uses: AddressUse[] = [];
  collect(state, uses);
  return uses;
}

function collect(value: unknown, uses: AddressUse[]): void {
  if (typeof value === 'string') collectText(value, uses);
  else if (Array.isArray(value)) for (const item of value) collect(item, uses);
  else if (typeof value === 'object' && value !== null) {
    const { address, length } = value as { address?: unknown; length?: unknown };
    if (typeof address === 'string' && typeof length === 'number') add(uses, `${address}/${length}`);
    collectRange(value, uses);
    for (const member of Object.values(value)) collect(member, uses);
  }
}

/** The two ends of a range have to stay in order. */
function collectRange(value: object, uses: AddressUse[]): void {
  const { kind, from, to } = value as {
    kind?: unknown;
    from?: { value?: unknown };
    to?: { value?: unknown };
  };
  if (kind !== 'range' || typeof from?.value !== 'string' || typeof to?.value !== 'string') return;
  addRange(uses, from.value, to.value);
}

function addRange(uses: AddressUse[], first: string, last: string): void {
  const from = parsePrefix(first);
  const to = parsePrefix(last);
  if (from !== undefined && to !== undefined && from.family === to.family)
    uses.push({ kind: 'range', from, to });
}

function add(uses: AddressUse[], text: string): void {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) uses.push({ kind: 'prefix', prefix });
}

function collectText(text: string, uses: AddressUse[]): void {
  if (!/[.:]/.test(text)) return;
  for (const { 0: word, index } of text.matchAll(ADDRESS_WORD)) {
    const parsed = parseAddress(word);
    if (parsed === undefined) continue;
    const rest = text.slice(index + word.length, index + word.length + 64);
    const length = /^\/(\d{1,3})(?!\d|\.)/.exec(rest)?.[1];
    const known = length !== undefined && Number(length) <= addressBits(parsed.family);
    add(uses, known ? `${word}/${length}` : word);
    const [, until] = /^-([0-9a-fA-F.:]+)/.exec(rest) ?? [];
    if (until !== undefined) addRange(uses, word, until);
  }
}
