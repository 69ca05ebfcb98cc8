import type { Site } from '../config/site.ts';
import { parsePrefix, prefixContains } from '../net/prefix.ts';
import type { ExpectedExit } from './expected.ts';
import type { Flow } from './flow.ts';
import type { Seen, Verdict } from './rehearsal.ts';
import { otherOwner, type Topology } from './topology.ts';

const AS_PLANNED: Verdict = { kind: 'as-planned' };

/** Whether what was seen of a flow is what the site asks for. */
export function judgeFlow(
  site: Site,
  topology: Topology,
  flow: Flow,
  expected: ExpectedExit,
  seen: Seen,
): Verdict {
  const exits = Object.keys(seen.exits);
  switch (expected.kind) {
    case 'wans':
      return judgeExits(
        site,
        topology,
        flow,
        expected.shares.map((share) => share.wan),
        seen,
      );
    case 'main':
      if (expected.wan !== undefined && expected.cut !== true)
        return judgeExits(site, topology, flow, [expected.wan], seen);
      return exits.length === 0 ? AS_PLANNED : different(`left by ${exits.join(', ')}`);
    case 'blackhole':
      if (exits.length > 0) return different(`left by ${exits.join(', ')}`);
      // A blackhole of the router's own table refuses the router itself.
      return flow.in !== 'router' && seen.failures.includes('unreachable')
        ? different('was refused as unreachable')
        : AS_PLANNED;
    case 'unreachable':
      if (exits.length > 0) return different(`left by ${exits.join(', ')}`);
      // A datagram socket is not told of "host unreachable", nor is the router's own connection whose re-route fails: both
      // only hear nothing.
      return flow.protocol === 'udp' ||
        flow.in === 'router' ||
        seen.failures.every((outcome) => outcome === 'unreachable')
        ? AS_PLANNED
        : different(`was not refused as unreachable: ${seen.failures.join(', ')}`);
  }
}

function judgeExits(
  site: Site,
  topology: Topology,
  flow: Flow,
  wanted: readonly string[],
  seen: Seen,
): Verdict {
  const wrong = Object.keys(seen.exits).filter((wan) => !wanted.includes(wan));
  if (wrong.length > 0) return different(`left by ${wrong.join(', ')}`);
  const [foreign] = foreignAddresses(topology, seen);
  if (foreign !== undefined) return different(foreign);
  if (seen.failures.length > 0) return different(`no answer: ${[...new Set(seen.failures)].join(', ')}`);
  const untranslated = Object.entries(seen.peers).filter(
    ([name, peers]) =>
      mustTranslate(site, name, flow) && flow.source !== undefined && peers.includes(flow.source),
  );
  return untranslated.length > 0 ? different(`left with its inside address ${flow.source}`) : AS_PLANNED;
}

/** The lab's internet answers to any address; an ISP takes none that is not its own. */
function foreignAddresses(topology: Topology, { peers }: Seen): readonly string[] {
  return Object.entries(peers).flatMap(([name, addresses]) =>
    addresses.flatMap((address) => {
      const owner = otherOwner(topology, name, address);
      return owner === undefined ? [] : `left by ${name} with the address of ${owner}`;
    }),
  );
}

export function mustTranslate(site: Site, name: string, flow: Flow): boolean {
  const wan = site.wans.find((candidate) => candidate.name === name);
  const host = flow.source === undefined ? undefined : parsePrefix(flow.source);
  if (wan === undefined || host === undefined) return false;
  const nat = wan.nat[flow.family];
  if (nat.kind === 'none') return false;
  if (nat.kind === 'nptv6') return prefixContains(nat.inside, host);
  return wan.sources === undefined || wan.sources.some((prefix) => prefixContains(prefix, host));
}

function different(why: string): Verdict {
  return { kind: 'different', why };
}
