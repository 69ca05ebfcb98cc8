import * as z from 'zod/mini';
import { DEFAULT_LAST_RESORT } from '../defaults.ts';
import { expecting, list, mapping, optional, required } from './key.ts';
import { duration, NAME_PATTERN, NAME_PHRASE, name, whole, words } from './leaf.ts';

/** A share finer than a thousandth is never seen; the sum of weights is the size of a map in the kernel. */
const MAX_WEIGHT = 1000;

function memberSchema() {
  return mapping('a mapping with wan, weight and tier', {
    wan: required(name(), 'Name of a WAN.', { examples: ['fiber'] }),
    weight: optional(
      whole(1, MAX_WEIGHT),
      'Share of new connections among the members of its tier that are up: 3 beside 1 takes three of four.',
      { default: 1 },
    ),
    tier: optional(
      whole(1, 255),
      'Rank: members of tier 1 are used while one of them is up, then those of tier 2, and so on.',
      { default: 1 },
    ),
  });
}

function policySchema() {
  return mapping('a policy, a mapping with members', {
    members: required(list('members', memberSchema()), 'The WANs of the policy, each once.', {
      examples: [[{ wan: 'fiber', weight: 3 }, { wan: 'cable' }, { wan: 'lte', tier: 2 }]],
    }),
    last_resort: optional(
      words(['unreachable', 'blackhole', 'main']),
      'What happens to new connections when no member is up: refused with an ICMP error, dropped in silence, or routed as if polywan were not there.',
      { default: DEFAULT_LAST_RESORT },
    ),
    sticky: optional(duration(), 'How long a client keeps its WAN after its last new connection; 0 is off.', {
      default: 0,
      examples: ['10m'],
    }),
    on_failure: optional(
      words(['reset', 'keep']),
      'Connections of a member that failed: reset, so that programs connect again at once, or kept.',
      { default: 'reset' },
    ),
    on_recovery: optional(
      words(['keep', 'move']),
      'Connections on a lower tier when a better one returns: they stay where they are, or are reset to move.',
      { default: 'keep' },
    ),
    failback_after: optional(
      duration('never'),
      'How long a member that returned must be healthy before it takes new connections again; never waits for polywan wan up.',
      { default: '60s' },
    ),
  });
}

export function policiesSchema() {
  return expecting('a mapping from names to policies', (error) =>
    z.record(z.string().check(z.regex(NAME_PATTERN, `expected ${NAME_PHRASE}`)), policySchema(), {
      error: (issue) => (issue.code === 'invalid_type' ? error : undefined),
    }),
  );
}
