import type { LastResort, Site } from '../config/site.ts';
import { OWN_PROTOCOL } from '../kernel/ownership.ts';
import { MAIN_TABLE, type PolicyRule, type RuleAction, type RuleSelector } from '../kernel/routing.ts';
import type { Family } from '../net/family.ts';
import { addressBits } from '../net/family.ts';
import { lastResortMarks, PRIORITY } from './geometry.ts';
import { markGroups } from './mark-groups.ts';
import { steersRouter } from './steering-match.ts';
import { siteFamilies, type Uplink } from './uplinks.ts';

/**
 * The band of policy rules, per family: main without its default (kernel-facts 5.5), sockets bound to a WAN's device to its
 * table, with many WANs the way to the rules
 * of a group of marks, each mark to its table, the same mark to unreachable (5.6), the marks of last resorts, sockets bound
 * to a WAN's own address to its table, and the same address to unreachable.
 */
export function planPolicyRules(site: Site, uplinks: readonly Uplink[]): readonly PolicyRule[] {
  return siteFamilies(site).flatMap((family) => {
    const members = uplinks.filter((uplink) => uplink.wan.families.includes(family));
    const rule = (offset: number, selector: RuleSelector, action: RuleAction): PolicyRule => ({
      family,
      priority: site.priority + offset,
      selector,
      action,
      protocol: OWN_PROTOCOL,
    });
    return [
      rule(PRIORITY.main, {}, { kind: 'lookup', table: MAIN_TABLE, suppressPrefixLength: 0 }),
      ...(steersRouter(site) ? boundRules(site, members, family, rule) : []),
      ...markGroups(members).map(({ fwmark, firstSlot }) =>
        rule(
          // The kernel takes two rules that differ in nothing but where they lead for the same rule.
          PRIORITY.group + firstSlot,
          { fwmark },
          { kind: 'goto', priority: site.priority + PRIORITY.table + firstSlot },
        ),
      ),
      ...members.map(({ mark, numbers }) =>
        rule(PRIORITY.table + numbers.slot, { fwmark: mark }, { kind: 'lookup', table: numbers.table }),
      ),
      ...members.map(({ mark, numbers }) =>
        rule(PRIORITY.guard + numbers.slot, { fwmark: mark }, { kind: 'unreachable' }),
      ),
      ...lastResortRules(site, rule),
      ...members.flatMap((uplink) => fromRules(uplink, family, rule)),
      ...fromGuards(members, family, rule),
    ];
  });
}

type MakeRule = (offset: number, selector: RuleSelector, action: RuleAction) => PolicyRule;

/**
 * A socket bound to a device (`ping -I wan0`, a tunnel's) stays with it, whatever WAN its mark names: that one's table has no
 * route by this device, and the mark's guard would end it. Of several WANs on one device nobody can say which is meant.
 */
function boundRules(
  site: Site,
  uplinks: readonly Uplink[],
  family: Family,
  rule: MakeRule,
): readonly PolicyRule[] {
  const alone = uplinks.filter(({ shared }) => !shared.includes(family));
  return [
    // With the loopback device as the one they come by: packets of this machine.
    rule(
      PRIORITY.forwarded,
      { not: true, iif: 'lo' },
      { kind: 'goto', priority: site.priority + PRIORITY.behindBound },
    ),
    ...alone.map(({ wan, numbers }) =>
      rule(PRIORITY.bound, { oif: wan.interface }, { kind: 'lookup', table: numbers.table }),
    ),
    rule(PRIORITY.behindBound, {}, { kind: 'nop' }),
  ];
}

function fromRules(uplink: Uplink, family: Family, rule: MakeRule): readonly PolicyRule[] {
  const { slot, table } = uplink.numbers;
  return ownAddresses([uplink], family).map((address) =>
    rule(PRIORITY.from + slot, { from: hostPrefix(family, address) }, { kind: 'lookup', table }),
  );
}

/** An address that several WANs have is asked for in each of their tables before it may go nowhere. */
function fromGuards(uplinks: readonly Uplink[], family: Family, rule: MakeRule): readonly PolicyRule[] {
  return ownAddresses(uplinks, family).map((address) =>
    rule(PRIORITY.fromGuard, { from: hostPrefix(family, address) }, { kind: 'unreachable' }),
  );
}

function ownAddresses(uplinks: readonly Uplink[], family: Family): readonly string[] {
  const all = uplinks.flatMap(({ addresses }) => addresses);
  return [...new Set(all.flatMap((found) => (found.family === family ? [found.address] : [])))];
}

function hostPrefix(family: Family, address: string) {
  return { family, address, length: addressBits(family) };
}

function lastResortRules(site: Site, rule: MakeRule): readonly PolicyRule[] {
  const marks = lastResortMarks(site.markMask);
  const used = (resort: LastResort): boolean => site.policies.some((policy) => policy.lastResort === resort);
  return (['unreachable', 'blackhole'] as const)
    .filter(used)
    .map((kind, index) =>
      rule(PRIORITY.lastResort + index, { fwmark: { value: marks[kind], mask: site.markMask } }, { kind }),
    );
}
