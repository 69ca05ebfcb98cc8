import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readInputs } from '../../src/cli/input/read-inputs.ts';
import { exitsOf, type Way } from '../../src/cli/model/trace-exits.ts';
import { readSite } from '../../src/config/read-site.ts';
import type { Site } from '../../src/config/site.ts';
import { nodeHost } from '../../src/host/node.ts';
import type { KernelState } from '../../src/kernel/state.ts';
import type { Flow } from '../../src/lab/flow.ts';
import { type Lab, withLab } from '../../src/lab/lab.ts';
import { type Layout, layOut } from '../../src/lab/layout.ts';
import type { Seen } from '../../src/lab/rehearsal.ts';
import { sendFlow } from '../../src/lab/send-flow.ts';
import { traceFlow } from '../../src/trace/trace-flow.ts';

// The router's state is read in the lab and traced outside it, and what trace says is compared with where packets went.

const host = nodeHost();
const ROOT = new URL('../../', import.meta.url).pathname;
const SITES = join(ROOT, 'profiles/sites');
const CASES = readdirSync(SITES).flatMap((name) => [
  [name, 'nftables'],
  [name, 'iptables'],
]);

/** So that a WAN with a quarter of the connections is missed by chance once in 30 million runs (0.75 ^ 60). */
const CONNECTIONS = 60;
/** Of what is sure to come, so that a machine that stands still for a while loses none. */
const ANSWER_MS = 15_000;
/** What is refused is told so at once; IPv6 hears it with its second SYN, after 1 s. */
const NOTHING_MS = 1500;

let folder = '';
const compared = { flows: 0, connections: 0, forked: 0, nowhere: 0 };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'polywan-trace-lab-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  const { flows, connections, forked, nowhere } = compared;
  console.log(
    `${flows} flows (${connections} connections) compared: ${forked} with several ways, ${nowhere} with none`,
  );
});

it.each(CASES)(
  'packets of the site %s by %s leave as its snapshot, traced outside, says',
  async (name, backend) => {
    const file = siteFile(name, backend);
    const { site } = readSite(file, host.readFile, host.listDirectory);
    if (site === undefined) throw new Error(`${file} cannot be read`);
    const layout = layOut(site);
    const flows = [...layout.flows, ...layout.expectations].flatMap(({ flow }) => flow ?? []);
    expect(layout.flows.filter(({ flow }) => flow === undefined)).toEqual([]);
    const wans = site.wans.map((wan) => wan.name);
    const agent = [process.execPath, join(ROOT, 'dist/agent.cjs')];
    const compareAll = async (lab: Lab) => {
      for (const down of [[], ...wans.map((wan) => [wan]), wans]) {
        const state = await snapshotWith(lab, file, down);
        await lab.forgetConnections();
        for (const wrong of await compareFlows(lab, site, layout, state, flows))
          expect.soft({ down, ...wrong }).toBeUndefined();
      }
    };
    await withLab(host, layout.topology, compareAll, { agent });
  },
);

function siteFile(name: string, backend: string): string {
  const copy = join(folder, `${name}-${backend}`);
  cpSync(join(SITES, name), copy, { recursive: true });
  const file = join(copy, 'polywan.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\nbackend: ${backend}\n`);
  return file;
}

/** Applies the site in the lab's router with these WANs down, and reads outside the snapshot that was taken there. */
async function snapshotWith(lab: Lab, file: string, down: readonly string[]): Promise<KernelState> {
  const env = { POLYWAN_STATE_DIR: `${lab.directory}/state`, POLYWAN_ROOT: `${lab.directory}/root` };
  const polywan = async (...words: readonly string[]): Promise<void> => {
    const result = await lab.exec('router', join(ROOT, 'bin/polywan'), words, { env });
    expect(result.code, `${words.join(' ')}\n${result.stderr}`).toBe(0);
  };
  const written = join(folder, 'router.json');
  await polywan('apply', '-c', file, ...down.flatMap((wan) => ['--down', wan]));
  await polywan('snapshot', '-o', written);
  const { state, notes } = await readInputs(host, [written]);
  expect(notes).toEqual([]);
  return state;
}

type Wrong = {
  readonly flow: Flow;
  readonly ways: readonly Way[];
  readonly seen: Seen;
  readonly why: string;
};

async function compareFlows(
  lab: Lab,
  site: Site,
  { topology }: Layout,
  state: KernelState,
  flows: readonly Flow[],
): Promise<readonly Wrong[]> {
  const compare = async (flow: Flow): Promise<readonly Wrong[]> => {
    const { in: entry, ...rest } = flow;
    const trace = traceFlow(state, entry === 'router' ? rest : { ...rest, in: entry });
    if (typeof trace === 'string') throw new Error(trace);
    const { ways, strayed } = exitsOf(site, topology, trace);
    const going = ways.some((way) => way.kind === 'wan');
    const seen = await sendFlow(lab, flow, {
      count: going ? CONNECTIONS : 1,
      timeoutMs: going || isTold(flow, ways) ? ANSWER_MS : NOTHING_MS,
    });
    const answered = Object.values(seen.exits).reduce((sum, count) => sum + count, 0);
    compared.flows += 1;
    compared.connections += answered + seen.failures.length;
    compared.forked += ways.length > 1 ? 1 : 0;
    compared.nowhere += going ? 0 : 1;
    const guessed = [...trace.limits, ...trace.assumed, ...trace.unmodelled.map(({ text }) => text)];
    const whys = [...strayed, ...guessed, ...differences(site, flow, ways, seen)];
    return whys.map((why) => ({ flow, ways, seen, why }));
  };
  // Pings are told apart by their destination alone, so they go one after the other.
  const isPing = (flow: Flow): boolean => flow.protocol.includes('icmp');
  const found = [await Promise.all(flows.filter((flow) => !isPing(flow)).map(compare))];
  for (const flow of flows.filter(isPing)) found.push([await compare(flow)]);
  return found.flat(2);
}

/** Every connection left as one of the ways, with its address; and of several ways each was taken. */
function differences(site: Site, flow: Flow, ways: readonly Way[], seen: Seen): readonly string[] {
  const leaving = ways.filter((way) => way.kind === 'wan');
  const said = [...new Set(leaving.map(({ wan }) => wan))];
  const exits = Object.keys(seen.exits);
  const strange = exits.filter((wan) => !said.includes(wan)).map((wan) => `left by ${wan}`);
  const isSaid = (by: string, as: string) => leaving.some(({ wan, source }) => wan === by && source === as);
  const foreign = Object.entries(seen.peers).flatMap(([wan, peers]) =>
    peers.filter((peer) => !isSaid(wan, peer)).map((peer) => `left by ${wan} as ${peer}`),
  );
  if (leaving.length === 0) return [...strange, ...endDifferences(flow, ways, seen)];
  // A way with an end would lose some of the connections.
  const ended = ways.length > leaving.length ? ['not all its ways lead out'] : [];
  const lost = seen.failures.map((outcome) => `was not answered: ${outcome}`);
  const many = Object.values(seen.exits).reduce((sum, count) => sum + count, 0) === CONNECTIONS;
  const missed =
    many && !isSticky(site, flow)
      ? said.filter((wan) => !exits.includes(wan)).map((wan) => `never left by ${wan}`)
      : [];
  return [...strange, ...foreign, ...ended, ...lost, ...missed];
}

/** Under `sticky` one client keeps to one of the ways, and which one is the hash's secret. */
function isSticky(site: Site, flow: Flow): boolean {
  return site.policies.some((policy) => policy.stickyMs !== undefined) && flow.in !== 'router';
}

/** A datagram socket is not told of "host unreachable", nor is the router's own connection whose re-route fails. */
function isDeaf(flow: Flow): boolean {
  return flow.protocol === 'udp' || flow.in === 'router';
}

/** Whether it hears that it is refused. */
function isTold(flow: Flow, ways: readonly Way[]): boolean {
  return ways.some(({ kind }) => kind === 'unreachable') && !isDeaf(flow);
}

function endDifferences(flow: Flow, ways: readonly Way[], { failures }: Seen): readonly string[] {
  const kinds = ways.map((way) => (way.kind === 'other' ? way.text : way.kind));
  if (kinds.length !== 1) return [`several ends: ${kinds.join(', ')}`];
  const [kind = ''] = kinds;
  const heard = isTold(flow, ways) ? 'unreachable' : 'timeout';
  if (!['unreachable', 'blackhole'].includes(kind)) return [`trace says ${kind}`];
  const other = failures.filter(
    (outcome) => outcome !== heard && !(isDeaf(flow) && outcome === 'unreachable'),
  );
  return other.map((outcome) => `${kind}, but heard ${outcome}`);
}
