import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInputs } from '../../src/cli/input/read-inputs.ts';
import { nodeHost } from '../../src/host/node.ts';
import { type ApplyRouter, makeRouter } from './apply-router.ts';
import { summariesOf } from './own-datagram.ts';

/** A base chain of nft's own, with what it calls, in a table that iptables-nft keeps from then on. */
const OWN = `table ip mangle {
  chain far { udp dport 5000 drop; }
  chain own { type filter hook postrouting priority 10; jump far; }
}
`;

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
  router.sh(`nft '${OWN}'`);
  router.sh('iptables-nft -t mangle -A PREROUTING -m addrtype --dst-type LOCAL -j MARK --set-mark 1');
});

afterAll(() => router?.remove());

function write(name: string, text: string): string {
  const file = join(router.folder, name);
  writeFileSync(file, text);
  return file;
}

describe('a base chain of nft in a table of iptables-nft', () => {
  it('decides what packets do on the running machine', () => {
    expect(summariesOf(router).join('; ')).toContain('dropped');
  });

  it('stands there beside those of iptables-nft, each once, also where nft has words for all they do', () => {
    router.sh(
      "nft 'table ip filter { chain own { type filter hook forward priority 10; ip ttl 1 drop; }; }'",
    );
    router.sh('iptables-nft -A INPUT -s 192.0.2.9 -j ACCEPT');
    const { tables } = JSON.parse(router.polywan(['snapshot']).stdout).state as {
      readonly tables: readonly {
        readonly name: string;
        readonly chains: readonly { readonly name: string }[];
      }[];
    };
    const names = tables.flatMap(({ name, chains }) => chains.map((chain) => `${name} ${chain.name}`));
    for (const name of ['filter INPUT', 'filter own', 'mangle own', 'mangle PREROUTING'])
      expect(names.filter((each) => each === name)).toEqual([name]);
    router.sh('nft delete table ip filter');
  });

  it('is told of by a save file, which leaves it out', async () => {
    const saved = write('rules.v4', router.sh('iptables-nft-save'));
    const { notes } = await readInputs(nodeHost(), [saved]);
    expect(notes).toEqual([expect.stringContaining('leaves out what nft has added to table ip mangle')]);
  });

  it('is taken from the listing of nft, and the rest from the save', async () => {
    const saved = write('rules.v4', router.sh('iptables-nft-save'));
    const listed = write('ruleset.json', router.sh('nft -j list ruleset'));
    const { state, notes } = await readInputs(nodeHost(), [saved, listed]);
    expect(notes).toEqual([]);
    const chains = state.tables.map(
      ({ frontend, chains }) => `${frontend}: ${chains.map(({ name }) => name).join(' ')}`,
    );
    expect(chains).toEqual([expect.stringMatching(/^iptables-nft: PREROUTING/), 'nft: far own']);
  });
});
