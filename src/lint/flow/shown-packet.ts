import type { PacketTrace } from '../../trace/trace.ts';
import type { FlowPacket } from '../finding.ts';
import { routedMark, sayExit } from './packet-facts.ts';

/** A packet as a finding shows it: the mark it was routed by, the connmark it leaves, and where it went. */
export function shownPacket(packet: PacketTrace): FlowPacket {
  const { connmark } = packet.end;
  return {
    name: packet.name,
    mark: routedMark(packet),
    ...(connmark === undefined ? {} : { connmark }),
    exit: sayExit(packet),
  };
}
