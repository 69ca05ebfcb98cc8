import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSite } from '../../../src/config/read-site.ts';
import { compile } from '../../../src/plan/compile.ts';
import { readMachine } from '../golden-machine.ts';

const GOLDEN = new URL('../../golden', import.meta.url).pathname;
const NAMES_A_LINE = / \([\w/.-]+\.yaml:\d+\)$/;
/** Chains of iptables that every packet passes, where a comment is a match that costs it time. */
const EVERY_PACKET = /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING|polywan-(pre|out|fwd))$/;

/** Every generated rule of a golden site: `chain: comment`. */
function commentsOf(
  name: string,
  backend: Backend,
): readonly { chain: string; comment: string | undefined }[] {
  const folder = join(GOLDEN, name);
  const { site } = readSite(
    join(folder, 'polywan.yaml'),
    (path) => readFileSync(path, 'utf8'),
    (path) => readdirSync(path).sort(),
  );
  if (site === undefined) throw new Error(`${name} is no valid site`);
  const { facts, health } = readMachine(folder, site);
  const { desired } = compile(site, facts, { backend, health, allocation: { slots: {} } });
  return desired.tables.flatMap((table) =>
    table.chains.flatMap((chain) => chain.rules.map(({ comment }) => ({ chain: chain.name, comment }))),
  );
}

type Backend = 'nftables' | 'iptables';

describe.each(readdirSync(GOLDEN))('%s', (name) => {
  test('names a line of the site or of a profile on every rule of nftables', () => {
    const unnamed = commentsOf(name, 'nftables').filter(({ comment }) => !NAMES_A_LINE.test(comment ?? ''));
    expect(unnamed).toEqual([]);
  });

  test('names a line on every rule of iptables but those that every packet passes', () => {
    const unnamed = commentsOf(name, 'iptables').filter(({ comment }) => !NAMES_A_LINE.test(comment ?? ''));
    expect(unnamed.filter(({ comment }) => comment !== undefined)).toEqual([]);
    expect(unnamed.filter(({ chain }) => !EVERY_PACKET.test(chain))).toEqual([]);
  });
});
