import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

describe.each(['iptables-nft', 'iptables-legacy'])('a chain of another program with %s', (program) => {
  const env = { POLYWAN_IPTABLES: program };
  const chains = () => router.sh(`${program} -t mangle -S`);
  const OTHERS = ['-N mine', '-A mine -s 203.0.113.8/32 -j MARK --set-xmark 0x7/0xffffffff'];
  const make = (...rules: readonly string[]) =>
    router.sh([...OTHERS, ...rules].map((rule) => `${program} -t mangle ${rule}\n`).join(''));

  beforeEach(() => {
    router.writeSite({ backend: 'iptables' });
    expect(router.polywan(['apply'], env).code).toBe(0);
  });

  it('that leads to one of polywan keeps all but that jump', () => {
    make('-A mine -j polywan-pre');
    expect(router.polywan(['remove'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(chains()).not.toContain('polywan-');
    for (const line of OTHERS) expect(chains()).toContain(line);
  });

  it('that is in use and leads to one of polywan is in the way of no apply and no remove', () => {
    make('-A mine -j polywan-pre', '-A PREROUTING -i lan0 -j mine');
    expect(router.polywan(['apply'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(router.polywan(['apply'], env).stdout).toBe('nothing to change\n');
    expect(router.polywan(['remove'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(chains()).not.toContain('polywan-');
    for (const line of [...OTHERS, '-A PREROUTING -i lan0 -j mine']) expect(chains()).toContain(line);
  });
});
