import { FAMILIES, type Family } from '../../net/family.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Nat } from '../site.ts';
import { child, type YamlNode, type YamlScalar } from '../yaml-node.ts';
import { hostAddressOf, isYes, lacksFamily, prefixOf, scalarAt } from './read-values.ts';
import { type Reading, report } from './reading.ts';

/** What one key asks for one family, and where it is written. */
interface Wish {
  readonly family: Family;
  readonly nat: Nat;
  readonly key: string;
  readonly place: YamlNode;
}

/** `masquerade`, `snat` and `nptv6`: at most one of them translates a family. */
export function readNat(
  reading: Reading,
  profile: YamlNode,
  families: readonly Family[],
): Readonly<Record<Family, Nat>> {
  const masquerade = masqueradeWishes(reading, child(profile, 'masquerade'), families);
  const wishes = [
    ...(masquerade ?? []),
    ...snatWishes(reading, child(profile, 'snat'), families),
    ...nptv6Wishes(reading, child(profile, 'nptv6'), families),
  ];
  const nat: Record<Family, Nat> = { ipv4: { kind: 'none' }, ipv6: { kind: 'none' } };
  for (const family of FAMILIES) {
    const [first, second] = wishes.filter((wish) => wish.family === family && wish.nat.kind !== 'none');
    if (first !== undefined) nat[family] = first.nat;
    if (first !== undefined && second !== undefined)
      report(reading, second.place.span, `${second.key} and ${first.key} both translate ${family}`);
  }
  const byDefault = masquerade === undefined && families.includes('ipv4') && nat.ipv4.kind === 'none';
  return byDefault ? { ...nat, ipv4: { kind: 'masquerade' } } : nat;
}

/** Undefined when the key is left out, so that its default holds. */
function masqueradeWishes(
  reading: Reading,
  node: YamlNode | undefined,
  families: readonly Family[],
): Wish[] | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'map')
    return familyEntries(reading, node, families).map(({ family, scalar }) =>
      wish(family, scalar, isYes(scalar)),
    );
  if (node.kind !== 'scalar') return undefined;
  if (node.value === 'ipv4' || node.value === 'ipv6') {
    if (!families.includes(node.value)) report(reading, node.span, `the WAN has no ${node.value}`);
    return [wish(node.value, node, true)];
  }
  return families.map((family) => wish(family, node, isYes(node)));
}

function wish(family: Family, place: YamlNode, yes: boolean): Wish {
  return { family, nat: { kind: yes ? 'masquerade' : 'none' }, key: 'masquerade', place };
}

function snatWishes(reading: Reading, node: YamlNode | undefined, families: readonly Family[]): Wish[] {
  if (node?.kind === 'scalar') {
    const found = hostAddressOf(reading, node);
    if (found === undefined) return [];
    if (!families.includes(found.family))
      report(reading, node.span, lacksFamily('the snat address', found.family));
    return [
      { family: found.family, nat: { kind: 'snat', address: found.address }, key: 'snat', place: node },
    ];
  }
  if (node?.kind !== 'map') return [];
  return familyEntries(reading, node, families).flatMap(({ family, scalar }) => {
    const found = hostAddressOf(reading, scalar);
    if (found === undefined) return [];
    if (found.family !== family)
      report(reading, scalar.span, `expected an ${family} address, not ${found.family}`);
    return [{ family, nat: { kind: 'snat', address: found.address }, key: 'snat', place: scalar }];
  });
}

function familyEntries(reading: Reading, node: YamlNode, families: readonly Family[]) {
  const entries = node.kind === 'map' ? node.entries : [];
  return entries.flatMap(({ key, value }) => {
    const family: Family = key.value === 'ipv4' ? 'ipv4' : 'ipv6';
    if (!families.includes(family)) report(reading, key.span, `the WAN has no ${family}`);
    return value.kind === 'scalar' ? [{ family, scalar: value }] : [];
  });
}

function nptv6Wishes(reading: Reading, node: YamlNode | undefined, families: readonly Family[]): Wish[] {
  if (node === undefined) return [];
  if (!families.includes('ipv6')) report(reading, node.span, 'nptv6 on a WAN without ipv6');
  const inside = ipv6Prefix(reading, scalarAt(node, 'inside'));
  const written = scalarAt(node, 'outside');
  const isAuto = written === undefined || written.text === 'auto';
  const outside = isAuto ? 'auto' : ipv6Prefix(reading, written, ['auto']);
  if (inside === undefined || outside === undefined) return [];
  if (outside !== 'auto' && written !== undefined && outside.length !== inside.length)
    report(
      reading,
      written.span,
      `outside is a /${outside.length}, inside a /${inside.length}: they must be equal`,
    );
  return [{ family: 'ipv6', nat: { kind: 'nptv6', inside, outside }, key: 'nptv6', place: node }];
}

function ipv6Prefix(
  reading: Reading,
  scalar: YamlScalar | undefined,
  also: readonly string[] = [],
): Prefix | undefined {
  if (scalar === undefined) return undefined;
  const prefix = prefixOf(reading, scalar, scalar.text, also);
  if (prefix?.family === 'ipv4') report(reading, scalar.span, 'nptv6 takes IPv6 prefixes alone');
  return prefix?.family === 'ipv6' ? prefix : undefined;
}
