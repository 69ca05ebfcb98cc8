import type { Policy, PolicyMember, Site } from '../../config/site.ts';
import { number, payload } from '../../kernel/expression.ts';
import type { Chain, NamedSet } from '../../kernel/netfilter.ts';
import type { Verdict } from '../../kernel/verdict.ts';
import type { Family } from '../../net/family.ts';
import { comment } from '../comment.ts';
import { activeMembers, dealSlots, slotCount } from '../shares.ts';
import { stickySeconds } from '../sticky.ts';
import type { Uplink } from '../uplinks.ts';
import { go, goto, header, match, rule } from '../words.ts';
import { chainOf, setOf } from './names.ts';

/** Clients a sticky set remembers per WAN; the kernel refuses more, and such a client is dealt anew. */
const STICKY_SIZE = 65535;

export interface PolicyObjects {
  readonly chains: readonly Chain[];
  readonly sets: readonly NamedSet[];
}

/**
 * A policy in one family: a map of slots dealt over the active members (what changes at run time is its elements), a
 * chain that takes the next slot, and for a sticky policy one set of clients and one chain per member.
 */
export function policyObjects(
  site: Site,
  policy: Policy,
  family: Family,
  uplinks: readonly Uplink[],
): PolicyObjects {
  const count = slotCount(policy);
  const active = activeMembers(policy, family, uplinks);
  const members = policy.members.filter((member) => carries(site, member, family));
  const sticky = policy.stickyMs === undefined ? [] : members;
  const slots: NamedSet = {
    name: setOf.slots(policy.name, family),
    kind: 'map',
    key: ['integer'],
    value: ['verdict'],
    typeof: `numgen inc mod ${count}`,
    flags: [],
    elements: slotVerdicts(policy, family, active, count).map((verdict, slot) => ({
      key: number(slot),
      value: { kind: 'verdict', verdict },
    })),
  };
  const known = sticky.filter((member) => active.includes(member));
  const chain: Chain = {
    name: chainOf.policy(policy.name, family),
    rules: [
      ...known.map((member) => remembered(policy, member, family)),
      rule(comment(`policy ${policy.name}: next slot`, policy.origin), {
        kind: 'vmap',
        key: { kind: 'numgen', mode: 'inc', modulus: count, offset: 0 },
        map: { kind: 'set-ref', name: slots.name },
      }),
    ],
  };
  return {
    chains: [...sticky.map((member) => stickChain(policy, member, family)), chain],
    sets: [slots, ...sticky.map((member) => stickySet(policy, member, family))],
  };
}

function carries(site: Site, member: PolicyMember, family: Family): boolean {
  return site.wans.some((wan) => wan.name === member.wan && wan.families.includes(family));
}

function slotVerdicts(
  policy: Policy,
  family: Family,
  active: readonly PolicyMember[],
  count: number,
): readonly Verdict[] {
  if (active.length === 0) return Array.from({ length: count }, () => lastResort(policy));
  return dealSlots(active, count).map((member) =>
    goto(
      policy.stickyMs === undefined
        ? chainOf.wan(member.wan)
        : chainOf.stick(policy.name, member.wan, family),
    ),
  );
}

/** `main` leaves the packet unmarked: main's own default decides. */
function lastResort(policy: Policy): Verdict {
  return policy.lastResort === 'main' ? { kind: 'return' } : goto(chainOf.lastResort(policy.lastResort));
}

function stickySet(policy: Policy, member: PolicyMember, family: Family): NamedSet {
  return {
    name: setOf.sticky(policy.name, member.wan, family),
    kind: 'set',
    key: [family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr'],
    flags: ['dynamic', 'timeout'],
    timeoutMs: 1000 * (stickySeconds(policy) ?? 0),
    size: STICKY_SIZE,
    elements: [],
  };
}

function remembered(policy: Policy, member: PolicyMember, family: Family) {
  return rule(
    comment(`policy ${policy.name}: clients of ${member.wan}`, member.origin),
    match(payload(header(family), 'saddr'), {
      kind: 'set-ref',
      name: setOf.sticky(policy.name, member.wan, family),
    }),
    go('goto', chainOf.stick(policy.name, member.wan, family)),
  );
}

/** Every new connection renews the client's stay. */
function stickChain(policy: Policy, member: PolicyMember, family: Family): Chain {
  return {
    name: chainOf.stick(policy.name, member.wan, family),
    rules: [
      rule(
        comment(`policy ${policy.name}: the client stays with ${member.wan}`, member.origin),
        {
          kind: 'set-update',
          operation: 'update',
          set: setOf.sticky(policy.name, member.wan, family),
          element: payload(header(family), 'saddr'),
        },
        go('goto', chainOf.wan(member.wan)),
      ),
    ],
  };
}
