import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../../src/host/host.ts';
import { startSpares } from '../../../src/monitor/act/spares.ts';
import { fakeClock, fakeHost } from './fake-host.ts';

const NFT = ['nft', '-f', '-'] as const;

function world() {
  const clock = fakeClock();
  let pid = 100;
  const host = fakeHost({
    after: clock.after,
    converse: () => {
      pid += 1;
      return { pid, kill: () => {}, ended: new Promise(() => {}) } as unknown as Conversation;
    },
  });
  return { clock, spares: startSpares(host, [NFT]) };
}

describe('a tool that waits for the next change', () => {
  it('is given once, and another one waits a second later', () => {
    const { clock, spares } = world();
    expect(spares.host.converse('nft', ['-f', '-']).pid).toBe(101);
    expect(spares.host.converse('nft', ['-f', '-']).pid).toBe(102);
    clock.pass(1000);
    expect(spares.host.converse('nft', ['-f', '-']).pid).toBe(103);
  });

  it('is known as an own one from then on, as is one that had to be started', () => {
    const { spares } = world();
    expect(spares.knows(101)).toBe(false);
    spares.host.converse('nft', ['-f', '-']);
    spares.host.converse('iptables-nft-restore', ['--noflush']);
    expect([101, 102, 103].map((pid) => spares.knows(pid))).toEqual([true, true, false]);
  });
});
