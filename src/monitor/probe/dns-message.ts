import { parsePrefix } from '../../net/prefix.ts';

/** Messages of DNS (RFC 1035), as far as a probe needs them: one question, and the addresses of its answer. */

export type DnsType = 'A' | 'AAAA';

const TYPES: Readonly<Record<DnsType, number>> = { A: 1, AAAA: 28 };
const INTERNET = 1;
const HEADER_BYTES = 12;

/** Flags of the header's second word: an answer; recursion desired; the code of an error. */
const IS_ANSWER = 0x8000;
const RECURSE = 0x0100;
const CODE = 0x000f;

/** Two high bits of a label's length say that the name goes on elsewhere. */
const POINTER = 0xc0;

export function writeQuestion(id: number, name: string, type: DnsType): Uint8Array {
  const labels = name.split('.').filter((label) => label !== '');
  const bytes = [id >> 8, id & 0xff, RECURSE >> 8, RECURSE & 0xff, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of labels) bytes.push(label.length, ...new TextEncoder().encode(label));
  bytes.push(0, 0, TYPES[type], 0, INTERNET);
  return Uint8Array.from(bytes);
}

/** Addresses as texts; `wrong` for an error or nonsense; undefined when it answers another question. */
export function readAnswer(
  message: Uint8Array,
  id: number,
  type: DnsType,
): readonly string[] | 'wrong' | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  try {
    if (view.getUint16(0) !== id || (view.getUint16(2) & IS_ANSWER) === 0) return undefined;
    if ((view.getUint16(2) & CODE) !== 0) return 'wrong';
    return readAddresses(view, type);
  } catch (error) {
    // It ends before what it announces.
    if (error instanceof RangeError) return 'wrong';
    throw error;
  }
}

function readAddresses(view: DataView, type: DnsType): readonly string[] {
  let at = HEADER_BYTES;
  for (let questions = view.getUint16(4); questions > 0; questions -= 1) at = skipName(view, at) + 4;
  const addresses: string[] = [];
  for (let answers = view.getUint16(6); answers > 0; answers -= 1) {
    at = skipName(view, at);
    const length = view.getUint16(at + 8);
    if (view.getUint16(at) === TYPES[type]) addresses.push(addressAt(view, at + 10, length));
    at += 10 + length;
  }
  return addresses;
}

function skipName(view: DataView, from: number): number {
  let at = from;
  for (;;) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    if ((length & POINTER) === POINTER) return at + 2;
    at += 1 + length;
  }
}

function addressAt(view: DataView, at: number, length: number): string {
  if (length === 4) return [0, 1, 2, 3].map((byte) => view.getUint8(at + byte)).join('.');
  const words = Array.from({ length: length / 2 }, (_, word) => view.getUint16(at + 2 * word).toString(16));
  return parsePrefix(words.join(':'))?.address ?? '';
}
