import type { Flow } from '../../trace/flow.ts';
import type { Disposition, TracePath } from '../../trace/trace.ts';
import { conditionWords } from '../condition-words.ts';
import type { FlowPacket, SufferingFlow } from '../finding.ts';
import type { Machine } from '../machine.ts';

/** The packets of one way a flow goes, as a finding shows them. */
export function sufferingFlow(machine: Machine, flow: Flow, path: TracePath): SufferingFlow {
  return {
    flow,
    conditions: conditionWords(machine, path),
    packets: path.packets.map(({ name, end, disposition }): FlowPacket => {
      const packet = { name, mark: end.mark, exit: exitOf(disposition) };
      return end.connmark === undefined ? packet : { ...packet, connmark: end.connmark };
    }),
  };
}

function exitOf(disposition: Disposition): string {
  if (disposition.kind === 'routed') return disposition.interface;
  return disposition.kind === 'local' ? 'this machine' : disposition.kind;
}
