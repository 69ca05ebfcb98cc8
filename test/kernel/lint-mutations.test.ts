import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recognizeFile } from '../../src/cli/lint/lint-file.ts';
import { readMachine } from '../../src/cli/lint/read-machine.ts';
import { nodeHost } from '../../src/host/node.ts';
import { CHECKS } from '../../src/lint/checks.ts';
import { lint } from '../../src/lint/lint.ts';
import { suppress } from '../../src/lint/suppress.ts';
import { makeMutator } from './mutator.ts';

// Rulesets, listings, scripts and sites that were cut, mixed and scratched, each from a seed of its own: lint must neither
// throw nor hang on any of them. The number of a failing one is in the message; its text comes back by the same number.
const COUNT = 10_000;

/** Each needs an nft of its own. */
const NFT_COUNT = 150;

const ROOT = join(import.meta.dirname, '../..');
const CORPUS = join(ROOT, '../shared/corpus');
const host = nodeHost();

interface Seed {
  readonly name: string;
  readonly text: string;
}

function examples(wanted: RegExp): readonly Seed[] {
  return CHECKS.flatMap(({ id, bad, good }) =>
    Object.entries({ bad, good }).flatMap(([which, { files }]) =>
      Object.entries(files)
        .filter(([name]) => wanted.test(name))
        .map(([name, text]) => ({ name: `${id}/${which}/${name}`, text })),
    ),
  );
}

function corpus(wanted: RegExp): readonly Seed[] {
  return readdirSync(CORPUS)
    .filter((name) => wanted.test(name))
    .map((name) => ({ name, text: readFileSync(join(CORPUS, name), 'utf8') }));
}

function sites(): readonly Seed[] {
  const folder = join(ROOT, 'profiles');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

/** Reads and lints it as if it were the file of that name; profiles that a site names are the example's own. */
async function survives(seed: Seed, text: string, number: number): Promise<void> {
  const file = join(ROOT, 'profiles/sites/home', seed.name.slice(seed.name.lastIndexOf('/') + 1));
  const kind = recognizeFile(text, file, true);
  try {
    const { machine } = await readMachine(host, { name: 'mutated', files: [{ file, text, kind }] });
    const found = lint(machine);
    suppress(machine, found);
    for (const { span, message } of found) {
      expect(message).not.toMatch(/undefined|\[object/);
      expect(span.end).toBeGreaterThanOrEqual(span.start);
    }
  } catch (error) {
    throw new Error(`mutation ${number} of ${seed.name} (${kind.kind})`, { cause: error });
  }
}

async function mutateAll(
  seeds: readonly Seed[],
  count: number,
  wanted: (text: string) => boolean,
): Promise<number> {
  expect(seeds.length).toBeGreaterThan(5);
  const mutate = makeMutator(seeds.map(({ text }) => text));
  let done = 0;
  for (let number = 0; done < count; number += 1) {
    const seed = seeds[number % seeds.length];
    if (seed === undefined) break;
    const text = mutate(seed.text, number);
    if (!wanted(text)) continue;
    await survives(seed, text, number);
    done += 1;
  }
  return done;
}

/** Whatever would be read by nft is for the test below. */
function needsNoProgram(text: string): boolean {
  const { kind } = recognizeFile(text, 'x', true);
  return kind !== 'nft-text' && !(kind === 'script' && /\bnft\b/.test(text));
}

describe('mutated inputs', () => {
  it(`${COUNT} rulesets, listings, scripts and sites are survived`, async () => {
    const seeds = [...corpus(/\.v[46]$/), ...examples(/./), ...sites()];
    expect(await mutateAll(seeds, COUNT, needsNoProgram)).toBe(COUNT);
  }, 900_000);

  it(`${NFT_COUNT} texts that nft reads are survived`, async () => {
    const seeds = [...corpus(/\.nft$/), ...examples(/\.nft$/)];
    const isNft = (text: string) => recognizeFile(text, 'x', true).kind === 'nft-text';
    expect(await mutateAll(seeds, NFT_COUNT, isNft)).toBe(NFT_COUNT);
  }, 900_000);
});
