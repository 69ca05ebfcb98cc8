import * as z from 'zod/mini';
import { formatWord } from '../../net/mark.ts';
import { DEFAULT_MARK_MASK, DEFAULT_PRIORITY, MAIN_RULE_PRIORITY, PRIORITY_BAND } from '../defaults.ts';
import { expectSchema } from './expect-schema.ts';
import { notrackSchema, portForwardsSchema } from './forward-schema.ts';
import { hooksSchema } from './hooks-schema.ts';
import { expecting, list, mapping, oneOrMore, optional, required } from './key.ts';
import { INTERFACES_PHRASE, interfaceNames, name, text, whole, word, words } from './leaf.ts';
import { policiesSchema } from './policy-schema.ts';
import { steeringSchema } from './steering-schema.ts';

const LAST_PRIORITY = MAIN_RULE_PRIORITY - PRIORITY_BAND;

let built: ReturnType<typeof build> | undefined;

/** polywan.yaml. Built at the first call: that takes milliseconds, and one serves every file. */
export function siteSchema() {
  built ??= build();
  return built;
}

function build() {
  return mapping('a site, a mapping with version', {
    version: required(
      expecting('1', (error) => z.literal(1, error)),
      'Version of this format.',
      { examples: [1] },
    ),
    ...machineKeys(),
    local_traffic: optional(
      name(),
      "Policy of the router's own new connections. Left out, they follow the main routing table.",
      { examples: ['balanced'] },
    ),
    policies: optional(
      policiesSchema(),
      'Policies by name: which WANs share new connections, and which wait.',
      {
        examples: [{ balanced: { members: [{ wan: 'fiber' }, { wan: 'cable' }] } }],
      },
    ),
    steering: optional(
      steeringSchema(),
      'Rules that give new connections from lan to a policy; the first that matches wins. A rule without matches takes all.',
      { examples: [[{ name: 'rest', policy: 'balanced' }]] },
    ),
    port_forwards: portForwardsSchema('Ports opened to inside hosts on every WAN.'),
    notrack: notrackSchema(),
    expect: optional(
      expectSchema(),
      'Assertions that polywan verify checks by trace, and polywan rehearse with real packets.',
      {
        examples: [[{ flow: { in: 'lan0', destination: '203.0.113.9', protocol: 'tcp' }, exit: 'fiber' }]],
      },
    ),
    hooks: optional(hooksSchema(), 'Commands that run when any WAN goes up or down.', {
      examples: [{ down: '/etc/polywan/hooks/any-down' }],
    }),
  });
}

function machineKeys() {
  return {
    backend: optional(
      words(['auto', 'nftables', 'iptables']),
      'Which packet filter is written. auto takes nftables where the kernel can do all that is needed, else iptables. Which iptables (nft or legacy): see POLYWAN_IPTABLES in polywan(8).',
      { default: 'auto' },
    ),
    lan: optional(
      oneOrMore(INTERFACES_PHRASE, interfaceNames()),
      'Inside interfaces. A trailing + stands for every name with that beginning.',
      { examples: [['lan0', 'br+']] },
    ),
    profiles: optional(
      list('profile files', text('the path of a profile')),
      'Profiles, one for each ISP, relative to this file. Left out: profiles/*.yaml and profiles/*.yml beside this file, without hidden files.',
      { examples: [['profiles/fiber.yaml', 'profiles/lte.yaml']] },
    ),
    mark_mask: optional(
      word('a mask such as 0xff000000'),
      'Bits of packet mark and connection mark that polywan owns. They stand together; n bits hold 2^n - 3 WANs. Bits outside are never touched.',
      { default: formatWord(DEFAULT_MARK_MASK), examples: ['0xff'] },
    ),
    priority: optional(
      whole(1, LAST_PRIORITY),
      `First of the ${PRIORITY_BAND} policy-rule priorities polywan may use; the band must end before ${MAIN_RULE_PRIORITY}, the priority of the main table.`,
      { default: DEFAULT_PRIORITY },
    ),
  };
}
