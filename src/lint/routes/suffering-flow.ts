import type { Flow } from '../../trace/flow.ts';
import type { Disposition, PacketTrace, TracePath } from '../../trace/trace.ts';
import { conditionWords } from '../condition-words.ts';
import type { SufferingFlow } from '../finding.ts';
import type { Machine } from '../machine.ts';

/** A traced way as a finding shows it: each packet with its marks and where it went. */
export function sufferingFlow(machine: Machine, flow: Flow, path: TracePath): SufferingFlow {
  return {
    flow,
    conditions: conditionWords(machine, path),
    packets: path.packets.map((packet) => ({
      name: packet.name,
      mark: markWhenRouted(packet),
      ...(packet.end.connmark === undefined ? {} : { connmark: packet.end.connmark }),
      exit: sayExit(packet.disposition),
    })),
  };
}

function markWhenRouted({ steps, end }: PacketTrace) {
  const routed = steps.findLast((step) => step.kind === 'route' && step.why !== 'reverse path');
  return routed?.kind === 'route' ? routed.lookup.mark : end.mark;
}

export function sayExit(disposition: Disposition): string {
  switch (disposition.kind) {
    case 'routed':
      return disposition.interface;
    case 'local':
      return 'this machine';
    case 'dropped':
    case 'rejected':
    case 'lost':
      return `${disposition.kind} (${disposition.reason})`;
    case 'unknown':
      return 'not known';
    default:
      return disposition.kind;
  }
}
