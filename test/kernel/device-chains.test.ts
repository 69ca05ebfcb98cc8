import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';
import { sending, summariesOf } from './own-datagram.ts';

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
  router.sh('ip address del 203.0.113.1/24 dev lan0');
  router.sh('ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 nud permanent dev wan0');
});

afterAll(() => router?.remove());

/**
 * Whether a datagram of the router's comes out of its device's other end, with this chain at a device, which counts what it
 * drops of datagrams: a router hears and says other things by itself. The other end may see it a moment after it was sent.
 */
async function arrives(chain: string): Promise<boolean> {
  const text = `add table netdev d
delete table netdev d
table netdev d {
chain far { type filter hook ingress device far-wan0 priority 0; udp dport 5000 counter comment "far"; }
${chain.replace('drop;', 'udp dport 5000 counter drop comment "dropped";')}
}
`;
  const file = join(router.folder, 'devices.nft');
  writeFileSync(file, text);
  router.sh(`nft -f ${file}\n${sending(1)}`);
  const counted = () =>
    [...router.sh('nft list table netdev d').matchAll(/packets 1 .*comment "(\w+)"/g)].map(([, by]) => by);
  await expect.poll(counted, { timeout: 30_000 }).toHaveLength(1);
  return counted()[0] === 'far';
}

/** What trace says of it. */
function traced(): string {
  return summariesOf(router).join('; ');
}

describe('a chain at a device', () => {
  it('is the last that sees what leaves by it, with the owner and the mark but not where it came in', async () => {
    expect(await arrives('')).toBe(true);
    for (const match of ['udp dport 5000', 'meta skuid 0', 'meta mark 0', 'oifname "wan0"']) {
      expect(
        await arrives(`chain out { type filter hook egress device wan0 priority 0; ${match} drop; }`),
      ).toBe(false);
      expect(traced()).toContain('dropped');
    }
    expect(
      await arrives('chain out { type filter hook egress device wan0 priority 0; iifname "lan0" drop; }'),
    ).toBe(true);
    expect(traced()).toContain('leaves by wan0');
  });

  it('sees nothing of other devices, of which nft 1.0.6 says nothing in JSON, so that both ways are told', async () => {
    expect(await arrives('chain out { type filter hook egress device wan1 priority 0; drop; }')).toBe(true);
    expect(traced()).toContain('leaves by wan0');
    expect(await arrives('chain in { type filter hook ingress device wan0 priority 0; drop; }')).toBe(true);
    expect(traced()).toContain('leaves by wan0');
  });
});
