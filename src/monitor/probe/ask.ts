import type { Probe } from '../../config/site.ts';
import type { Endpoint, Host, NetworkFailure, ProcessResult } from '../../host/host.ts';
import { type Family, ipVersion } from '../../net/family.ts';
import { PROBE_PORTS } from '../../plan/probe-ports.ts';
import type { ProbeBinding } from './binding.ts';
import { readAnswer, writeQuestion } from './dns-message.ts';
import type { Answer, Ask } from './periodic.ts';

type Of<K extends Probe['kind']> = Extract<Probe, { readonly kind: K }>;

/** Without an own address and a gateway there is no way that is surely the WAN's: nothing is sent. */
type Way = Omit<Endpoint, 'host'>;

function wayOf(binding: ProbeBinding, family: Family): Way | undefined {
  const localAddress = binding.addresses[family];
  if (localAddress === undefined || !(family in binding.gateways)) return undefined;
  return { family: ipVersion(family), localAddress, localPorts: PROBE_PORTS };
}

/** An address says its family; a name is looked up in the first one that the WAN carries, in time. */
async function endpointOf(
  host: Host,
  binding: ProbeBinding,
  name: string,
  timeoutMs: number,
  found: (family: Family) => void,
): Promise<Endpoint | 'silent' | 'unsent'> {
  const until = host.monotonicMs() + timeoutMs;
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  const isAddress = bare.includes(':') || /^[\d.]+$/.test(bare);
  const families = isAddress ? ([bare.includes(':') ? 'ipv6' : 'ipv4'] as const) : binding.families;
  for (const family of families) {
    const way = wayOf(binding, family);
    if (way === undefined) continue;
    if (isAddress) return { ...way, host: bare };
    const answer = await host.network.lookUp(bare, way.family, until - host.monotonicMs());
    if (answer === 'silent') return answer;
    if (answer === 'unsent') continue;
    found(family);
    return { ...way, host: answer.address };
  }
  return 'unsent';
}

export function askTcp(host: Host, binding: ProbeBinding, probe: Of<'tcp'>): Ask {
  return async (timeoutMs, found) => {
    const to = await endpointOf(host, binding, probe.host, timeoutMs, found);
    if (typeof to === 'string') return to;
    const result = await host.network.connect({ ...to, port: probe.port }, timeoutMs);
    return result === 'connected' ? 'well' : answerOf(result);
  };
}

const DNS_PORT = 53;

export function askDns(host: Host, binding: ProbeBinding, probe: Of<'dns'>): Ask {
  const wanted = probe.answer;
  const types = wanted === undefined ? (['A'] as const) : typesOf(wanted);
  return async (timeoutMs, found) => {
    const to = await endpointOf(host, binding, probe.server, timeoutMs, found);
    if (typeof to === 'string') return to;
    const answers = await Promise.all(
      types.map((type) => {
        // RFC 5452: what answers must know it. The clock's last digits are guess enough for a probe.
        const id = Math.floor(host.monotonicMs() * 1000) & 0xffff;
        const question = writeQuestion(id, probe.query, type);
        const read = (answer: Uint8Array) => readAnswer(answer, id, type);
        return host.network.exchange({ ...to, port: DNS_PORT }, question, read, timeoutMs);
      }),
    );
    const addresses: string[] = [];
    for (const answer of answers) {
      if (typeof answer === 'string') return answerOf(answer);
      addresses.push(...answer);
    }
    return wanted === undefined || wanted.some((address) => addresses.includes(address)) ? 'well' : 'bad';
  };
}

function typesOf(addresses: readonly string[]): readonly ('A' | 'AAAA')[] {
  return [
    ...new Set(addresses.map((address) => (address.includes(':') ? ('AAAA' as const) : ('A' as const)))),
  ];
}

/** RFC 6585's "network authentication required". */
const LOGIN_REQUIRED = 511;

export function askHttp(host: Host, binding: ProbeBinding, probe: Of<'http'>): Ask {
  const { hostname } = new URL(probe.url);
  return async (timeoutMs, found) => {
    const to = await endpointOf(host, binding, hostname, timeoutMs, found);
    if (typeof to === 'string') return to;
    const answer = await host.network.get(probe.url, to, timeoutMs);
    if (typeof answer === 'string') return answerOf(answer);
    const { status, body } = answer;
    if (status !== probe.expect)
      return (status >= 300 && status < 400) || status === LOGIN_REQUIRED ? 'portal' : 'bad';
    return probe.body === undefined || body.includes(probe.body) ? 'well' : 'bad';
  };
}

/** The program learns which WAN it is asked about; it binds itself. */
export function askCommand(
  host: Host,
  binding: ProbeBinding,
  probe: Of<'command'>,
  problem: (why: string) => void,
): Ask {
  const [program = '', ...words] = probe.command;
  const env = {
    POLYWAN_WAN: binding.wan,
    POLYWAN_INTERFACE: binding.interface,
    POLYWAN_MARK: String(binding.mark.value),
    POLYWAN_MASK: String(binding.mark.mask),
  };
  return async (timeoutMs) => {
    const result = await host.run(program, words, { timeoutMs, env, unheard: true });
    if (result.timedOut === true) return 'silent';
    if (result.code !== null) return result.code === 0 ? 'well' : 'bad';
    problem(`${program} ${whyUnanswered(result)}`);
    return 'unsent';
  };
}

/** A command that did not come to an exit code of its own says nothing of the WAN. */
function whyUnanswered({ missing, signal, stderr }: ProcessResult): string {
  if (missing === true) return 'is not there: install it, or name it with its whole path in the profile';
  if (signal !== undefined) return `was ended by ${signal} before it could answer`;
  return `cannot be started: ${stderr}; may it be executed (chmod +x)?`;
}

function answerOf(failure: NetworkFailure): Answer {
  switch (failure) {
    case 'refused':
    case 'wrong':
      return 'bad';
    case 'silent':
      return 'silent';
    case 'unsent':
      return 'unsent';
  }
}
