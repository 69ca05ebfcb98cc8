import type { Family } from '../../net/family.ts';
import type { Gateway } from '../site.ts';
import type { YamlNode, YamlScalar } from '../yaml-node.ts';
import { hostAddressOf, lacksFamily } from './read-values.ts';
import { type Reading, report } from './reading.ts';

const AUTO: Gateway = { kind: 'auto' };

/** `gateway`: one value for the families it fits, or one for each. */
export function readGateway(
  reading: Reading,
  node: YamlNode | undefined,
  families: readonly Family[],
): Readonly<Record<Family, Gateway>> {
  const gateways: Record<Family, Gateway> = { ipv4: AUTO, ipv6: AUTO };
  if (node?.kind === 'scalar') {
    const gateway = oneGateway(reading, node);
    if (gateway === undefined) return gateways;
    if (gateway.family === undefined) return { ipv4: gateway.gateway, ipv6: gateway.gateway };
    if (!families.includes(gateway.family))
      report(reading, node.span, lacksFamily('the gateway', gateway.family));
    gateways[gateway.family] = gateway.gateway;
  }
  if (node?.kind !== 'map') return gateways;
  for (const { key, value } of node.entries) {
    const family: Family = key.value === 'ipv4' ? 'ipv4' : 'ipv6';
    if (!families.includes(family)) report(reading, key.span, `the WAN has no ${family}`);
    const gateway = value.kind === 'scalar' ? oneGateway(reading, value) : undefined;
    if (gateway === undefined) continue;
    if (gateway.family !== undefined && gateway.family !== family)
      report(reading, value.span, `expected an ${family} address, not ${gateway.family}`);
    gateways[family] = gateway.gateway;
  }
  return gateways;
}

function oneGateway(
  reading: Reading,
  scalar: YamlScalar,
): { readonly gateway: Gateway; readonly family?: Family } | undefined {
  if (scalar.text === 'auto') return { gateway: AUTO };
  if (scalar.text === 'none') return { gateway: { kind: 'none' } };
  const found = hostAddressOf(reading, scalar, ['auto', 'none']);
  if (found === undefined) return undefined;
  return { gateway: { kind: 'address', address: found.address }, family: found.family };
}
