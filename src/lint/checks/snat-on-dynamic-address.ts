import { FAMILIES, type Family } from '../../net/family.ts';
import { parseAddress } from '../../net/prefix.ts';
import type { Check } from '../check.ts';
import { nftWords, saveWords } from '../cures/rule-text.ts';
import type { Finding } from '../finding.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { dynamicBy, placeOfAddress } from '../nat/dynamic-address.ts';
import { oneOfEach } from '../nat/one-of-each.ts';
import { type NatRule, outInterfaces, sourceRules } from '../nat/source-rules.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const RULES = (target: string) => `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan0 -j ${target}
COMMIT
`;

const ROUTES = `default via 198.51.100.1 dev wan0 proto dhcp src 198.51.100.7 metric 100
198.51.100.0/24 dev wan0 proto kernel scope link src 198.51.100.7 metric 100
172.17.0.0/16 dev lan0 proto kernel scope link src 172.17.0.1
`;

export const snatOnDynamicAddress: Check = {
  id: 'snat-on-dynamic-address',
  severity: 'warning',
  summary:
    'Packets get a fixed source on an interface whose address changes, or one that this machine does not have there.',
  why: [
    'SNAT writes the address that the rule names, whatever the interface has. When the lease brings another one, packets leave with the old address and no answer comes back, until somebody changes the rule. MASQUERADE takes the address of the moment, and drops the connections of an address that went.',
    'An address in the network of the interface that the machine does not have is asked for by ARP, and nobody answers. An address of a block that the ISP routes to the machine needs not be on it, and is not told.',
    'The address of one uplink on what leaves by another is told as well: most providers drop such packets, and of the others the answers come in by the wrong uplink. An address inside, on lo, or in a network that both uplinks share is not told.',
    'PPP with a fixed address is common, so an interface that is only called ppp is a note.',
  ],
  bad: { files: { 'rules.v4': RULES('SNAT --to-source 198.51.100.7'), 'routes.txt': ROUTES } },
  good: { files: { 'rules.v4': RULES('MASQUERADE'), 'routes.txt': ROUTES } },
  run: (machine) =>
    oneOfEach(
      FAMILIES.flatMap((family) =>
        sourceRules(machine.state, family).flatMap((one) => judge(machine, family, one)),
      ),
    ),
};

function judge(machine: Machine, family: Family, one: NatRule): readonly Finding[] {
  const { nat, rule } = one;
  const address = nat.address?.kind === 'string' ? parseAddress(nat.address.value) : undefined;
  if (nat.type !== 'snat' || nat.prefix === true || address?.family !== family) return [];
  for (const { name, not } of outInterfaces(rule)) {
    if (not || machine.roles.lans.includes(name)) continue;
    const reason = reasonFor(machine, name, family, address.address);
    if (reason !== undefined) return [tell(machine, one, name, address.address, reason)];
  }
  return [];
}

interface Reason {
  readonly message: string;
  readonly severity: 'warning' | 'note';
}

function reasonFor(machine: Machine, device: string, family: Family, address: string): Reason | undefined {
  const dynamic = dynamicBy(machine, device, family);
  const place = placeOfAddress(machine, device, family, address);
  const unanswered = (words: string) => `${words}; then nothing that leaves by ${device} is answered`;
  if (place?.kind === 'other')
    return {
      message: `${address} is the address of ${place.wan}: what leaves by ${device} with it is dropped by the provider, or answered by ${place.wan}`,
      severity: 'warning',
    };
  if (place?.kind === 'beside')
    return {
      message: unanswered(`${address} is in the network of ${device}, but this machine does not have it`),
      severity: 'warning',
    };
  if (dynamic === undefined) return undefined;
  if (place?.kind === 'nowhere')
    return {
      message: unanswered(`${address} is not on this machine, and ${device}'s address changes: ${dynamic}`),
      severity: 'warning',
    };
  const severity = /^ppp/.test(device) && dynamic.startsWith('PPP') ? 'note' : 'warning';
  return {
    message: unanswered(`${address} is fixed, but ${device}'s address changes: ${dynamic}`),
    severity,
  };
}

function tell(
  machine: Machine,
  { table, chain, rule }: NatRule,
  device: string,
  address: string,
  { message, severity }: Reason,
): Finding {
  const text = ruleText(machine, rule);
  const masquerade =
    table.frontend === 'nft'
      ? (nftWords(text) ?? 'snat').replace(/\bsnat\b.*$/, 'masquerade')
      : (saveWords(text) ?? `-A ${chain.name} -o ${device} -j SNAT `).replace(/-j SNAT .*$/, '-j MASQUERADE');
  return {
    check: snatOnDynamicAddress.id,
    severity,
    message,
    span: rulePlace(machine, rule),
    path: [{ span: rulePlace(machine, rule), rule: text, note: `source becomes ${address}` }],
    cure: masquerade,
    ...shown(machine, flowToRule(machine, { table, chain, rule, index: chain.rules.indexOf(rule) })),
    key: `${table.family} ${table.name} ${chain.name}: ${text}`,
  };
}
