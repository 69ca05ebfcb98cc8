import { devicesOf } from '../../kernel/routing.ts';
import { sysctlDevice, sysctlKey } from '../../kernel/sysctl-key.ts';
import type { Span } from '../../net/span.ts';
import type { PacketTrace, Step } from '../../trace/trace.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { spanOr } from '../marks/rule-words.ts';
import { markedLookups } from '../routes/marked-lookups.ts';
import { sufferingFlow } from '../routes/suffering-flow.ts';
import { type TracedWay, tracedWays } from '../routes/traced-flows.ts';

const FILES = {
  'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i lan0 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan0 -j MASQUERADE
-A POSTROUTING -o wan1 -j MASQUERADE
COMMIT
`,
  'rules.txt': `0:\tfrom all lookup local
90:\tfrom all lookup main suppress_prefixlength 0
100:\tfrom all fwmark 0x1/0xff lookup 101
200:\tfrom all fwmark 0x1/0xff unreachable
32766:\tfrom all lookup main
`,
  'routes.txt': `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2
192.168.1.0/24 dev lan0 proto kernel scope link src 192.168.1.1
default via 198.51.100.1 dev wan1 table 101
`,
};

export const strictRpFilter: Check = {
  id: 'strict-rp-filter',
  severity: 'error',
  summary: 'strict reverse-path filtering drops what comes in by a marked uplink',
  why: [
    "rp_filter=1 wants the way back to a packet's source to be by the interface it came in on. The kernel looks that way up without the mark, so it finds the default of main, and drops what comes in by any other WAN.",
    "The higher of `all` and the interface's own value counts. 2 (loose) and 0 let the packets pass; 1 does with src_valid_mark=1, where the mark is restored before routing. IPv6 has no such filter.",
  ],
  bad: { files: { ...FILES, 'sysctl.conf': 'net.ipv4.conf.all.rp_filter = 1\nnet.ipv4.ip_forward = 1\n' } },
  good: { files: { ...FILES, 'sysctl.conf': 'net.ipv4.conf.all.rp_filter = 2\nnet.ipv4.ip_forward = 1\n' } },
  run: (machine) => {
    const found = new Map<string, Finding>();
    const marked = new Set(markedLookups(machine).flatMap(({ routes }) => routes.flatMap(devicesOf)));
    if (marked.size === 0) return [];
    for (const way of tracedWays(machine))
      for (const packet of way.path.packets) {
        if (packet.name !== 'R' && !isForwarded(way)) continue;
        const refused = refusedAt(packet);
        if (refused === undefined || !marked.has(refused.interface) || found.has(refused.interface)) continue;
        found.set(refused.interface, report(machine, way, packet, refused));
      }
    return [...found.values()];
  },
};

/** What strangers send on their own account is well dropped, unless a port is forwarded. */
function isForwarded({ flow }: TracedWay): boolean {
  return flow.destinationPort !== undefined;
}

type ReversePath = Extract<Step, { kind: 'reverse-path' }>;

function refusedAt({ steps }: PacketTrace): ReversePath | undefined {
  const step = steps.find((one) => one.kind === 'reverse-path' && !one.passes && one.mode === 1);
  return step?.kind === 'reverse-path' ? step : undefined;
}

function report(
  machine: Machine,
  { flow, path }: TracedWay,
  packet: PacketTrace,
  step: ReversePath,
): Finding {
  const device = step.interface;
  const what = packet.name === 'R' ? 'replies that come in' : 'what comes in';
  return {
    check: strictRpFilter.id,
    severity: 'error',
    message: `rp_filter=1 drops ${what} by ${device}: ${step.reason}`,
    span: sysctlPlace(machine, device),
    path: [],
    flow: sufferingFlow(machine, flow, path),
    cure: `${sysctlKey('ipv4', device, 'rp_filter')} = 2`,
    key: `rp_filter ${device}`,
  };
}

/** The line that makes it strict: the interface's own, or that of all. */
function sysctlPlace(machine: Machine, device: string): Span {
  for (const name of [device, sysctlDevice(device), 'all', 'default'])
    for (const [file, text] of machine.sources) {
      const escaped = name.replace(/[.+*?^${}()|[\]\\]/g, '\\$&');
      const found = new RegExp(
        `^[ \\t]*(net[./]ipv4[./]conf[./]${escaped}[./]rp_filter\\s*=\\s*1)`,
        'm',
      ).exec(text);
      if (found !== null) {
        const start = found.index + found[0].length - (found[1] ?? '').length;
        return { file, start, end: start + (found[1] ?? '').length };
      }
    }
  return spanOr(machine, undefined);
}
