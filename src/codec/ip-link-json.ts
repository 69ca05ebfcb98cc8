import type { Link } from '../kernel/routing.ts';
import {
  asNumber,
  asObject,
  asObjects,
  asString,
  asStrings,
  defined,
  type JsonObject,
} from './json-value.ts';

/** Reads `ip -j link` (`-d` adds the kind); `ip -j address` carries the same members and reads as well. */
export function readLinks(json: unknown): readonly Link[] {
  return asObjects(json).flatMap((entry) => readLink(entry) ?? []);
}

function readLink(entry: JsonObject): Link | undefined {
  const name = asString(entry.ifname);
  const index = asNumber(entry.ifindex);
  // `ip` gives an empty object for a link that a filter left out.
  if (name === undefined || index === undefined) return undefined;
  const flags = asStrings(entry.flags);
  const altnames = asStrings(entry.altnames);
  return defined({
    index,
    name,
    up: flags.includes('UP'),
    carrier: flags.includes('LOWER_UP'),
    mtu: asNumber(entry.mtu) ?? 0,
    kind: asString(asObject(entry.linkinfo)?.info_kind),
    mac: asString(entry.address),
    master: asString(entry.master),
    pointToPoint: flags.includes('POINTOPOINT'),
    altnames: altnames.length > 0 ? altnames : undefined,
  });
}
