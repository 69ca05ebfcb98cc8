import { isForRouter } from '../config/for-router.ts';
import type { Matching, Site, SteeringMatch } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import { isEverything } from '../net/prefix.ts';

/** Whether any connection of the router itself is given to a policy. */
export function steersRouter({ localTraffic, steering }: Site): boolean {
  return localTraffic !== undefined || steering.some(({ match }) => isForRouter(match));
}

/**
 * The match as one family sees it, which it can match (`ruleFamilies`): prefixes of the other are gone; a negation that
 * loses all of them is true, and so is every address.
 */
export function inFamily(match: SteeringMatch, family: Family): SteeringMatch {
  const { source, destination, protocol, ...rest } = match;
  const keep = (prefixes: SteeringMatch['source']) => {
    const values = prefixes?.values.filter((prefix) => prefix.family === family) ?? [];
    return prefixes === undefined || values.length === 0 || values.some(isEverything)
      ? undefined
      : { ...prefixes, values };
  };
  const from = keep(source);
  const to = keep(destination);
  const transport = protocol === undefined ? undefined : protocolIn(protocol, family);
  return {
    ...rest,
    ...(from === undefined ? {} : { source: from }),
    ...(to === undefined ? {} : { destination: to }),
    ...(transport === undefined ? {} : { protocol: transport }),
  };
}

/** `icmp` means the family's own ICMP; its names are as both backends print them. */
function protocolIn(protocol: Matching<string>, family: Family): Matching<string> {
  const values = protocol.values.map((name) => {
    if (name === 'icmp' || name === 'icmpv6' || name === 'ipv6-icmp')
      return family === 'ipv4' ? 'icmp' : 'ipv6-icmp';
    return name;
  });
  return { ...protocol, values: [...new Set(values)] };
}
