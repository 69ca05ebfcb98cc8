import { describe, expect, it } from 'vitest';
import { withoutCodeCache } from '../../../scripts/without-code-cache.mjs';

function word(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(number);
  return bytes;
}

function text(bytes: Buffer): Buffer {
  return Buffer.concat([word(bytes.length), bytes]);
}

function entries(count: number): Buffer {
  const each = (_: unknown, at: number) =>
    Buffer.concat([text(Buffer.from(`internal/module-${at}`)), text(Buffer.alloc(at % 7, at))]);
  return Buffer.concat([word(count), ...Array.from({ length: count }, each)]);
}

describe('a snapshot', () => {
  const heap = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 31) % 251));

  it('loses the compiled modules at its end, of which none are counted then', () => {
    expect(withoutCodeCache(Buffer.concat([heap, entries(324)]))).toEqual(Buffer.concat([heap, word(0)]));
  });

  it.each([
    ['has none', heap],
    ['has lost them', Buffer.concat([heap, word(0)])],
    ['is empty', Buffer.alloc(0)],
    ['goes on behind them', Buffer.concat([heap, entries(324), Buffer.from([1])])],
    ['ends before they do', Buffer.concat([heap, entries(324)]).subarray(0, -1)],
    ['has fewer than any Node', Buffer.concat([heap, entries(99)])],
  ])('that %s is left as it is', (_, snapshot) => {
    expect(withoutCodeCache(snapshot)).toBeUndefined();
  });
});
