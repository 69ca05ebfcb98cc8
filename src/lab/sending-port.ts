import type { Site } from '../config/site.ts';
import { KERNEL_PORTS } from '../net/kernel-ports.ts';
import type { PortRange } from '../net/port-range.ts';
import type { Flow } from './flow.ts';

/** Below those that the kernel gives. */
const FIRST_OWN_PORT = 21_000;

/**
 * The flow as it is sent: from a port of the kernel's choice where no steering rule can tell the difference, else from one
 * of its own. Flows are sent at once, and neither two sockets nor two connections can have the same addresses and ports.
 * `at` is another number for each flow.
 */
export function withSendingPort(site: Site, flow: Flow, at: number): Flow {
  const { sourcePort, ...rest } = flow;
  // What the client has to colour is known by its source port.
  const coloured = (flow.dscp ?? 0) !== 0 || flow.mac !== undefined;
  const ranges = site.steering.flatMap(({ match }) => match.sourcePort?.values ?? []);
  if (sourcePort === undefined) return coloured ? { ...flow, sourcePort: FIRST_OWN_PORT + at } : flow;
  if (!coloured && ranges.every((range) => isAlike(range, sourcePort, KERNEL_PORTS))) return rest;
  const own = [FIRST_OWN_PORT + at, sourcePort + at, sourcePort - at].find(
    (port) =>
      port >= 1 &&
      port < KERNEL_PORTS.from &&
      ranges.every((range) => isAlike(range, sourcePort, { from: port, to: port })),
  );
  return { ...flow, sourcePort: own ?? sourcePort };
}

/** Whether the range says of all these ports what it says of this one. */
function isAlike({ from, to }: PortRange, port: number, ports: PortRange): boolean {
  return from <= port && port <= to
    ? from <= ports.from && ports.to <= to
    : ports.to < from || to < ports.from;
}
