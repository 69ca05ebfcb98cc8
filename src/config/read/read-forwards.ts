import { parsePortRange } from '../../net/port-range.ts';
import { parseAddress } from '../../net/prefix.ts';
import type { Notrack, PortForward } from '../site.ts';
import { child, itemsOf, type YamlNode, type YamlScalar } from '../yaml-node.ts';
import { isHostAddress, numeralOf, portsOf, scalarAt } from './read-values.ts';
import { originOf, type Reading, report } from './reading.ts';

/** A forward with the places that checks across files point to. */
export interface ReadForward {
  readonly forward: PortForward;
  readonly port: YamlScalar;
  readonly to: YamlScalar;
}

export function readForwards(reading: Reading, owner: YamlNode): readonly ReadForward[] {
  return itemsOf(child(owner, 'port_forwards')).flatMap((item) => {
    const protocol = scalarAt(item, 'protocol')?.text;
    const port = scalarAt(item, 'port');
    const to = scalarAt(item, 'to');
    if (protocol === undefined || port === undefined || to === undefined) return [];
    const range = portsOf(reading, port);
    const target = readTarget(reading, to, range === undefined ? undefined : range.to - range.from + 1);
    if (range === undefined || target === undefined) return [];
    const forward: PortForward = {
      origin: originOf(reading, item.span),
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      port: range,
      to: target,
    };
    return [{ forward, port, to }];
  });
}

/** `192.0.2.9`, `192.0.2.9:22`, `2001:db8::9`, `[2001:db8::9]:22`; ports may be a range of the forward's size. */
function readTarget(
  reading: Reading,
  to: YamlScalar,
  size: number | undefined,
): PortForward['to'] | undefined {
  const parts = /^(?:\[([^\]]*)\](?::([0-9-]+))?|([^:]*)(?::([0-9-]+))?)$/.exec(to.text);
  const host = parts?.[1] ?? parts?.[3] ?? to.text;
  const ports = parts?.[2] ?? parts?.[4];
  if (ports !== undefined && numeralOf(reading, to, ports) === undefined) return undefined;
  const address = parseAddress(host);
  const range = ports === undefined ? undefined : parsePortRange(ports);
  if (address === undefined || (ports !== undefined && range === undefined)) {
    const expected = 'an address, address:port or [IPv6 address]:port';
    report(reading, to.span, `expected ${expected}, not "${to.text}"`);
    return undefined;
  }
  if (!isHostAddress(address)) report(reading, to.span, `${host} is no address of an inside host`);
  if (range === undefined) return { family: address.family, address: address.address };
  const targets = range.to - range.from + 1;
  if (size !== undefined && targets !== size)
    report(reading, to.span, `${counted(size)} cannot go to ${counted(targets)}`);
  return { family: address.family, address: address.address, port: range.from };
}

function counted(ports: number): string {
  return ports === 1 ? '1 port' : `${ports} ports`;
}

export function readNotrack(reading: Reading, site: YamlNode): readonly Notrack[] {
  return itemsOf(child(site, 'notrack')).flatMap((item) => {
    const protocol = scalarAt(item, 'protocol')?.text;
    const port = scalarAt(item, 'port');
    const range = port === undefined ? undefined : portsOf(reading, port);
    if (protocol === undefined || range === undefined) return [];
    const origin = originOf(reading, item.span);
    return [{ origin, protocol: protocol === 'udp' ? 'udp' : 'tcp', port: range }];
  });
}
