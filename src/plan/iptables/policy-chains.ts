import type { Policy, PolicyMember, Site } from '../../config/site.ts';
import { number } from '../../kernel/expression.ts';
import type { Chain, Rule } from '../../kernel/netfilter.ts';
import { OWN_CHAIN_PREFIX } from '../../kernel/ownership.ts';
import type { Statement } from '../../kernel/statement.ts';
import { type Family, ipVersion } from '../../net/family.ts';
import { comment } from '../comment.ts';
import { activeMembers, dealSlots, lowestTerms } from '../shares.ts';
import { stickySeconds } from '../sticky.ts';
import type { Uplink } from '../uplinks.ts';
import { go, match, rule } from '../words.ts';
import { chainOf } from './names.ts';

/** Up to 64 connections are dealt one by one with exact shares (`nth`); coarser sums of weights by chance. */
const MAX_NTH = 64;

/** xt_statistic compares a random number of 31 bits. */
const RANDOM_RANGE = 0x80000000;

/** A policy in one family: who is remembered, then whose turn it is, then the last resort. */
export function policyChains(
  site: Site,
  policy: Policy,
  family: Family,
  uplinks: readonly Uplink[],
): readonly Chain[] {
  const active = activeMembers(policy, family, uplinks);
  const index = site.policies.indexOf(policy);
  const sticky = policy.stickyMs === undefined ? [] : active;
  const target = (member: PolicyMember): string =>
    policy.stickyMs === undefined ? chainOf.wan(member.wan) : chainOf.stick(index, member.wan);
  const say = comment(`policy ${policy.name}`, policy.origin);
  const rules: Rule[] = [
    ...sticky.map((member) => rule(say, remembered(policy, member, family), go('goto', target(member)))),
    ...turns(active).map(({ member, chance }) => rule(say, ...chance, go('goto', target(member)))),
  ];
  if (active.length === 0 && policy.lastResort !== 'main') {
    rules.push(rule(say, go('goto', chainOf.lastResort(policy.lastResort))));
  }
  return [
    ...sticky.map((member) => ({
      name: chainOf.stick(index, member.wan),
      rules: [
        rule(
          comment(`policy ${policy.name}: the client stays with ${member.wan}`, member.origin),
          {
            kind: 'unknown-match',
            name: 'recent',
            text: `-m recent --set --name ${listName(policy, member, family)} --mask ${fullMask(family)} --rsource`,
          },
          go('goto', chainOf.wan(member.wan)),
        ),
      ],
    })),
    { name: chainOf.policy(policy.name), rules },
  ];
}

interface Turn {
  readonly member: PolicyMember;
  readonly chance: readonly Statement[];
}

/**
 * Every turn but the last asks a counter or chance; the last takes what is left. With counters the n-th rule sees what
 * the ones before left over, so it takes every (slots − n)-th of that.
 */
function turns(active: readonly PolicyMember[]): readonly Turn[] {
  const shares = lowestTerms(active.map(({ weight }) => weight));
  const weights = active.map((member, at) => ({ member, weight: shares[at] ?? 0 }));
  const total = weights.reduce((sum, each) => sum + each.weight, 0);
  if (total <= MAX_NTH) {
    return dealSlots(weights, total).map(({ member }, index) => ({
      member,
      chance: index === total - 1 ? [] : [match(nth(total - index), number(0))],
    }));
  }
  let left = total;
  return weights.map(({ member, weight }, index) => {
    const threshold = Math.round((weight / left) * RANDOM_RANGE);
    left -= weight;
    return { member, chance: index === weights.length - 1 ? [] : [below(threshold)] };
  });
}

function nth(every: number) {
  return { kind: 'numgen' as const, mode: 'inc' as const, modulus: every, offset: 0 };
}

function below(threshold: number): Statement {
  const left = { kind: 'numgen' as const, mode: 'random' as const, modulus: RANDOM_RANGE, offset: 0 };
  return { kind: 'match', operator: '<', left, right: number(threshold) };
}

/** A client that opened a connection by this WAN in the last `sticky`. `--rttl` and hits are not asked. */
function remembered(policy: Policy, member: PolicyMember, family: Family): Statement {
  const seconds = stickySeconds(policy) ?? 0;
  const name = listName(policy, member, family);
  return {
    kind: 'unknown-match',
    name: 'recent',
    text: `-m recent --rcheck --seconds ${seconds} --name ${name} --mask ${fullMask(family)} --rsource`,
  };
}

/** All lists of the machine are in one place. Names of policies and WANs have no dot. */
function listName(policy: Policy, member: PolicyMember, family: Family): string {
  return `${OWN_CHAIN_PREFIX}${policy.name}.${member.wan}-${ipVersion(family)}`;
}

function fullMask(family: Family): string {
  return family === 'ipv4' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
}
