import { asObjects, asString } from '../codec/json-value.ts';
import type { Link } from '../kernel/routing.ts';

/** A device that runs over another one: a VLAN over its interface, a bridge over its ports, PPP over Ethernet. */
export interface Carried {
  readonly device: string;
  readonly over: string;
}

/**
 * By `ip -j -d link`, and by /proc/net/pppoe, which names the interfaces that have sessions, but not whose they are. The
 * other end of a cable between namespaces (veth) stands there as well, and carries nothing.
 */
export function findCarriers(listing: unknown, links: readonly Link[], pppoe: string): readonly Carried[] {
  const cables = new Set(links.filter(({ kind }) => kind === 'veth').map(({ name }) => name));
  const lower = asObjects(listing).flatMap((entry): readonly Carried[] => {
    const [device, over] = [asString(entry.ifname), asString(entry.link)];
    return device === undefined || over === undefined || cables.has(device) ? [] : [{ device, over }];
  });
  const ports = links.flatMap(({ name, master }) =>
    master === undefined ? [] : [{ device: master, over: name }],
  );
  const dialled = links.filter(({ kind = 'ppp', pointToPoint }) => pointToPoint && kind === 'ppp');
  return [
    ...lower,
    ...ports,
    ...dialled.flatMap(({ name }) => sessionDevices(pppoe).map((over) => ({ device: name, over }))),
  ];
}

/** `Id Address Device`, and a line like that for each session. */
function sessionDevices(pppoe: string): readonly string[] {
  return pppoe
    .split('\n')
    .slice(1)
    .flatMap((line) => line.trim().split(/\s+/).slice(2));
}
