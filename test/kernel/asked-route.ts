import { readSnapshot } from '../../src/codec/snapshot.ts';
import type { KernelState } from '../../src/kernel/state.ts';
import type { Flow } from '../../src/trace/flow.ts';
import { traceFlow } from '../../src/trace/trace-flow.ts';
import type { ApplyRouter } from './apply-router.ts';

/** What is asked for a packet that comes in by lan0. */
export interface AskedRoute {
  readonly source: string;
  readonly target: string;
  readonly tos?: number;
}

export function snapshotOf(router: ApplyRouter): KernelState {
  const read = readSnapshot(router.polywan(['snapshot']).stdout, 'router.json');
  if (read.kind !== 'read') throw new Error(read.kind);
  return read.state;
}

/** The device that the kernel names. */
export function kernelSays(router: ApplyRouter, { source, target, tos = 0 }: AskedRoute): string {
  const family = target.includes(':') ? 6 : 4;
  const listed = router.sh(
    `ip -j -${family} route get ${target} from ${source} iif lan0 tos 0x${tos.toString(16)}`,
  );
  return (JSON.parse(listed) as readonly { readonly dev: string }[])[0]?.dev ?? '';
}

export function traceSays(state: KernelState, { source, target, tos = 0 }: AskedRoute): string {
  const family = target.includes(':') ? 'ipv6' : 'ipv4';
  const flow: Flow = { family, in: 'lan0', source, destination: target, protocol: 'udp', dscp: tos >> 2 };
  const trace = traceFlow(state, { ...flow, sourcePort: 4000, destinationPort: 5000 }, { packets: ['P1'] });
  if (typeof trace === 'string') return trace;
  const exits = trace.paths.map(({ packets }) => packets[0]?.disposition);
  return exits
    .map((exit) => (exit !== undefined && 'interface' in exit ? exit.interface : exit?.kind))
    .join();
}
