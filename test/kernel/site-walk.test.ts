import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ApplyRouter, CARRIERS_TOLD, type Outcome } from './apply-router.ts';
import { type Random, seededRandom } from './differential/random.ts';
import { allIn, MACHINES, moveUplink, putSite, SITES, UPLINKS, walkRouter } from './walk/walk-router.ts';

/** Minutes to walk. The same seed takes the same steps again; another is for who looks for more. */
const MINUTES = Number(process.env.POLYWAN_WALK_MINUTES ?? 0.4);
const SEED = Number(process.env.POLYWAN_WALK_SEED ?? 20_261);

interface Choice {
  readonly backend: string;
  readonly env: Readonly<Record<string, string>>;
}

const CHOICES: readonly Choice[] = [
  { backend: 'auto', env: {} },
  { backend: 'nftables', env: {} },
  { backend: 'iptables', env: { POLYWAN_IPTABLES: 'iptables-nft' } },
  { backend: 'iptables', env: { POLYWAN_IPTABLES: 'iptables-legacy' } },
];

/** What others do to polywan's part before an apply. */
const MISCHIEF: readonly string[] = [
  'nft flush ruleset',
  'ip rule flush protocol 87; ip -6 rule flush protocol 87',
  'ip route flush table all protocol 87; ip -6 route flush table all protocol 87',
  'iptables-nft -t mangle -F; ip6tables-nft -t mangle -F',
];

/** Sites between two removes. */
const STEPS = 4;

describe('whatever site follows whatever other one', () => {
  it(
    'an apply leads to it, the next one has nothing to do, and remove takes all away',
    async () => {
      const router = walkRouter();
      const random = seededRandom(SEED);
      const until = Date.now() + MINUTES * 60_000;
      try {
        for (let round = 0; round < 3 || Date.now() < until; round += 1)
          await walk(router, random, [`seed ${SEED}, round ${round}`]);
      } finally {
        router.remove();
      }
    },
    MINUTES * 60_000 + 300_000,
  );
});

async function walk(router: ApplyRouter, random: Random, story: string[]): Promise<void> {
  const [change, undo] = anyOf(random, MACHINES);
  router.sh(`${change}\n${CARRIERS_TOLD}`);
  story.push(change);
  const before = allIn(router);
  for (let step = 0; step < STEPS; step += 1) {
    const { backend, env } = anyOf(random, CHOICES);
    const site = anyOf(random, SITES);
    story.push(`${site} by ${Object.values(env)[0] ?? backend}`);
    putSite(router, site, backend);
    if (random.below(3) === 0) story.push(moveAny(router, random));
    if (random.below(3) === 0) story.push(await disturb(router, random, env));
    demand(router.polywan(['apply'], env), story);
    demand(router.polywan(['plan', '--exit-code'], env), story);
  }
  demand(router.polywan(['remove']), story);
  expect(allIn(router), story.join('; ')).toBe(before);
  router.sh(`${undo}\n${CARRIERS_TOLD}`);
}

function anyOf<T>(random: Random, all: readonly T[]): T {
  const one = all[random.below(all.length)];
  if (one === undefined) throw new Error('nothing to choose from');
  return one;
}

function demand({ code, stdout, stderr }: Outcome, story: readonly string[]): void {
  expect(code, `${story.join('; ')}\n${stdout}${stderr}`).toBe(0);
}

function moveAny(router: ApplyRouter, random: Random): string {
  const profile = anyOf(random, readdirSync(join(router.folder, 'profiles')).sort());
  const to = anyOf(random, UPLINKS);
  return moveUplink(router, profile, to) ? `${profile} by ${to}` : `${profile} not by ${to}`;
}

async function disturb(router: ApplyRouter, random: Random, env: Choice['env']): Promise<string> {
  if (random.below(2) === 0) {
    const deed = anyOf(random, MISCHIEF);
    router.sh(deed);
    return deed;
  }
  // An apply takes that long.
  const delayMs = 30 + random.below(200);
  const apply = router.start(['apply'], env);
  const ended = new Promise((resolve) => apply.once('exit', resolve));
  await pause(delayMs);
  apply.kill('SIGKILL');
  await ended;
  // A tool that it had started goes on to its end.
  await expect.poll(() => router.pids(), { timeout: 60_000 }).toEqual([]);
  return `an apply killed after ${delayMs} ms`;
}
