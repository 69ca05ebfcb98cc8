import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/codec/snapshot.ts';
import type { KernelState } from '../../src/kernel/state.ts';
import type { Flow } from '../../src/trace/flow.ts';
import { traceFlow } from '../../src/trace/trace-flow.ts';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

/** Routes that ask for a packet's source (IPv6) or its type of service, beside the routes that ask for nothing. */
const ROUTES = `
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip address del 203.0.113.1/24 dev lan0
ip -6 route add default via 2001:db8:1::1 metric 100
ip -6 route add default from 2001:db8:3:1::/64 via 2001:db8:2::1 metric 2000
ip -6 route add default from 2001:db8:3::/48 via 2001:db8:1::7 metric 50
ip -6 route add 2001:db8:f::/48 via 2001:db8:2::1
ip -6 route add 2001:db8:f::/48 from 2001:db8:3:2::/64 via 2001:db8:1::1
ip -6 route add 2001:db8:f:1::/64 from 2001:db8:9::/48 via 2001:db8:2::1
ip -6 rule add priority 100 tos 0x20 lookup 7
ip -6 route add default via 2001:db8:2::1 table 7
ip route add 203.0.113.0/24 via 192.0.2.1
ip route add 203.0.113.0/24 tos 0x10 via 198.51.100.1 metric 500
ip route add 203.0.113.128/25 tos 0x8 via 198.51.100.1
ip rule add priority 100 tos 0x4 lookup 7
ip route add default via 198.51.100.1 table 7
`;

const SOURCES = ['2001:db8:3::5', '2001:db8:3:1::5', '2001:db8:3:2::5', '2001:db8:9::5'];
const TARGETS = ['2001:db8:e::1', '2001:db8:f::1', '2001:db8:f:1::1'];
const SERVICES = [0, 0x4, 0x8, 0x10, 0x14, 0x20, 0x24, 0x28, 0x30];

let router: ApplyRouter;
let state: KernelState;

beforeAll(() => {
  router = makeRouter();
  router.sh(ROUTES);
  const read = readSnapshot(router.polywan(['snapshot']).stdout, 'router.json');
  if (read.kind !== 'read') throw new Error(read.kind);
  state = read.state;
});

afterAll(() => router?.remove());

/** The device that the kernel names for a packet that comes in by lan0. */
function kernelSays(family: 4 | 6, source: string, target: string, tos: number): string {
  const listed = router.sh(
    `ip -j -${family} route get ${target} from ${source} iif lan0 tos 0x${tos.toString(16)}`,
  );
  return (JSON.parse(listed) as readonly { readonly dev: string }[])[0]?.dev ?? '';
}

function traceSays(source: string, destination: string, tos: number): string {
  const family = destination.includes(':') ? 'ipv6' : 'ipv4';
  const flow: Flow = { family, in: 'lan0', source, destination, protocol: 'udp', dscp: tos >> 2 };
  const trace = traceFlow(state, { ...flow, sourcePort: 4000, destinationPort: 5000 }, { packets: ['P1'] });
  if (typeof trace === 'string') return trace;
  const exits = trace.paths.map(({ packets }) => packets[0]?.disposition);
  return exits.map((exit) => (exit?.kind === 'routed' ? exit.interface : exit?.kind)).join();
}

describe('trace and the kernel agree', () => {
  it('on routes for some sources', () => {
    const asked = SOURCES.flatMap((source) => TARGETS.map((target) => [source, target] as const));
    const kernel = asked.map(([source, target]) => kernelSays(6, source, target, 0));
    expect(asked.map(([source, target]) => traceSays(source, target, 0))).toEqual(kernel);
    expect(new Set(kernel)).toEqual(new Set(['wan0', 'wan1']));
  });

  it('on policy rules and routes for a type of service', () => {
    const asked = SERVICES.flatMap((tos) => [
      [4, '203.0.113.9', tos] as const,
      [4, '203.0.113.200', tos] as const,
      [6, '2001:db8:e::1', tos] as const,
    ]);
    const sender = (family: 4 | 6) => (family === 4 ? '192.0.2.77' : '2001:db8:9::5');
    router.sh('sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lan0.rp_filter=0');
    const kernel = asked.map(([family, target, tos]) => kernelSays(family, sender(family), target, tos));
    expect(asked.map(([family, target, tos]) => traceSays(sender(family), target, tos))).toEqual(kernel);
    expect(new Set(kernel)).toEqual(new Set(['wan0', 'wan1']));
  });
});
