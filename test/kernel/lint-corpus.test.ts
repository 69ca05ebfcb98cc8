import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recognizeFile } from '../../src/cli/lint/lint-file.ts';
import { readMachine } from '../../src/cli/lint/read-machine.ts';
import { nodeHost } from '../../src/host/node.ts';
import type { Finding } from '../../src/lint/finding.ts';
import { lint } from '../../src/lint/lint.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus');

interface Entry {
  readonly file: string;
  readonly verdict: string;
  readonly cause: string;
  readonly headline: string;
  readonly reason: string;
}

const [head = '', ...rows] = readFileSync(join(CORPUS, 'INDEX.tsv'), 'utf8').trim().split(/\r?\n/);
const columns = head.split('\t');
const cell = (cells: readonly string[], name: string) => cells[columns.indexOf(name)] ?? '';

const entries: readonly Entry[] = rows
  .map((row) => row.split('\t'))
  // Some nft files name sets, hosts or devices that an empty namespace does not have, so nft cannot read them.
  .filter((cells) => !cell(cells, 'file').endsWith('.nft') || cell(cells, 'loads') === 'yes')
  .map((cells) => ({
    file: cell(cells, 'file'),
    verdict: cell(cells, 'verdict'),
    cause: cell(cells, 'class'),
    headline: cell(cells, 'headline_check'),
    reason: cell(cells, 'reason'),
  }));

/** The headline, and what stands for it where the first reply heals the flow. */
const HEADLINE: ReadonlySet<string> = new Set(['accept-before-save', 'mark-not-saved', 'left-unsaved']);

/** Which check says what the index calls it. */
const CHECK_OF: Readonly<Record<string, readonly string[]>> = {
  'accept-before-save': ['accept-before-save', 'left-unsaved'],
  'save-noop': ['mark-not-saved'],
  'wrong-hook': ['save-in-wrong-hook'],
  'wrong-chain-type': ['output-mark-not-rerouted'],
  'reroll-new': ['reroll-while-new'],
};

/** Found in files that the index calls clean, and shown to be so by packets: see the proofs below. */
const KERNEL_SAYS: Readonly<Record<string, readonly string[]>> = {
  '069-mullvad-tailscale.nft': ['output-mark-not-rerouted'],
};

/** Warnings about marks that the index names itself. */
const INDEX_NAMES: Readonly<Record<string, readonly string[]>> = {
  'mask-clobber': ['foreign-bits-clobbered', 'mask-mismatch'],
};

async function findingsIn(name: string): Promise<readonly Finding[]> {
  const file = join(CORPUS, name);
  const text = readFileSync(file, 'utf8');
  const kind = recognizeFile(text, file, true);
  const { machine, problems } = await readMachine(nodeHost(), { name, files: [{ file, text, kind }] });
  expect(problems).toEqual([]);
  return lint(machine);
}

function inShort(found: readonly Finding[]): readonly string[] {
  return found.map(({ check, severity, message }) => `${check} (${severity}): ${message}`);
}

const matrix = { caught: 0, missed: 0, alarms: 0, silent: 0 };

afterAll(() => {
  const { caught, missed, alarms, silent } = matrix;
  console.log(
    `headline: ${caught} caught, ${missed} missed, ${alarms} false alarms, ${silent} rightly silent`,
  );
});

describe.each(entries)('$file', ({ file, verdict, cause, headline, reason }) => {
  it(`is judged as the index has it (${verdict} ${cause})`, async () => {
    const found = await findingsIn(file);
    const headlines = found.filter(({ check }) => HEADLINE.has(check));
    if (headline === 'FIRE') {
      matrix[headlines.length > 0 ? 'caught' : 'missed'] += 1;
      expect(headlines.length).toBeGreaterThan(0);
      const worst = reason.includes('latent') ? 'warning' : 'error';
      expect(headlines.map(({ severity }) => severity)).toContain(worst);
    }
    if (headline === 'SILENT') {
      matrix[headlines.length > 0 ? 'alarms' : 'silent'] += 1;
      expect(inShort(headlines)).toEqual([]);
    }
    if (verdict === 'BUG') {
      const matching = found.filter(({ check }) => CHECK_OF[cause]?.includes(check) === true);
      expect(matching.some(({ severity }) => severity !== 'note')).toBe(true);
    }
    if (verdict === 'CLEAN' || verdict === 'NA') {
      const named = [...(INDEX_NAMES[cause] ?? []), ...(KERNEL_SAYS[file] ?? [])];
      const wrong = found.filter(({ check, severity }) => severity !== 'note' && !named.includes(check));
      expect(inShort(wrong)).toEqual([]);
    }
  });
});

it('every file of the corpus is in its index', () => {
  const files = readdirSync(CORPUS).filter((name) => /\.(?:v4|v6|nft)$/.test(name));
  expect(files.length).toBe(rows.length);
  expect(entries.length).toBeGreaterThan(40);
});

describe('what packets say of 069, which the index calls right', () => {
  /**
   * `excludeDns` marks in a `type filter` chain before `outgoing`, which is `type route`, sets the same mark again: that
   * one sees no change and does not route (kernel-facts 5.2). So of all addresses it marks, the one with the chain for
   * itself is the one that leaves as if it had no mark.
   */
  it('its mark routes other addresses, and not the one that is marked before', () => {
    const name = `lint069-${process.pid}`;
    const script = `
      ip link set lo up
      for at in 0 1; do
        ip link add wan$at type veth peer name far$at
        ip link set wan$at up; ip link set far$at up
      done
      ip addr add 192.0.2.2/24 dev wan0; ip addr add 198.51.100.2/24 dev wan1
      ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev wan0
      ip neigh add 198.51.100.1 lladdr 02:00:00:00:00:02 dev wan1
      ip route add default via 192.0.2.1
      ip route add default via 198.51.100.1 table 100
      ip rule add fwmark 0x6d6f6c65 lookup 100
      nft -f "$RULESET"
      nft -f - <<END
      table netdev count {
        chain wan0 { type filter hook egress device wan0 priority 0; ip daddr 100.100.100.100 udp dport 53 counter; ip daddr 100.100.100.101 udp dport 53 counter; }
        chain wan1 { type filter hook egress device wan1 priority 0; ip daddr 100.100.100.100 udp dport 53 counter; ip daddr 100.100.100.101 udp dport 53 counter; }
      }
END
      for host in 100.100.100.100 100.100.100.101; do
        for at in 1 2 3; do echo x | socat -u - UDP4:$host:53; done
      done
      nft list table netdev count`;
    execFileSync('ip', ['netns', 'add', name]);
    try {
      const listing = execFileSync('ip', ['netns', 'exec', name, 'sh', '-ec', script], {
        env: { ...process.env, RULESET: join(CORPUS, '069-mullvad-tailscale.nft') },
        encoding: 'utf8',
        timeout: 60_000,
      });
      const packets = [...listing.matchAll(/counter packets (\d+)/g)].map(([, count]) => Number(count));
      // wan0 is main's, wan1 the mark's; of each the marked-before address, then another.
      expect(packets).toEqual([3, 0, 0, 3]);
    } finally {
      execFileSync('ip', ['netns', 'delete', name]);
    }
  });
});
