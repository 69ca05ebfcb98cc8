import fc from 'fast-check';
import type { Matching } from '../../src/config/site.ts';
import type { Family } from '../../src/net/family.ts';

/** Sites as people write them: a few WANs and policies, and steering with every kind of match, negated or not. */

export const LANS = ['lan0', 'lan1'] as const;
export const WANS = ['ada', 'bob', 'cyd', 'dee'] as const;
export type Wan = (typeof WANS)[number];

export interface RandomMember {
  readonly wan: Wan;
  readonly weight: number;
  readonly tier: number;
}

export interface RandomPolicy {
  readonly name: string;
  readonly members: readonly RandomMember[];
  readonly lastResort: 'unreachable' | 'blackhole' | 'main';
}

/** Matches in the site's words, not as polywan reads them. */
type Said = 'in' | 'source' | 'destination' | 'protocol' | 'sourcePort' | 'destinationPort';

export type RandomRule = { readonly [Key in Said]?: Matching<string> } & {
  readonly policy: string;
  readonly family?: Family;
  readonly dscp?: Matching<number>;
};

export interface RandomSite {
  readonly wans: readonly Wan[];
  readonly families: Readonly<Record<string, readonly Family[]>>;
  readonly policies: readonly RandomPolicy[];
  readonly steering: readonly RandomRule[];
  readonly localTraffic: string | undefined;
  readonly down: readonly Wan[];
}

function wanted<T>(values: fc.Arbitrary<T>, most = 3): fc.Arbitrary<Matching<T>> {
  return fc.record({
    values: fc.uniqueArray(values, { minLength: 1, maxLength: most }),
    negated: fc.boolean(),
  });
}

/**
 * Inside and outside addresses that rules and flows share, so that matches come to pass. Those inside are of the networks
 * that a router made up for the site has.
 */
export const HOSTS: Readonly<
  Record<Family, { readonly inside: readonly string[]; readonly outside: readonly string[] }>
> = {
  ipv4: {
    inside: [
      '192.0.2.10',
      '192.0.2.11',
      '192.0.2.8/29',
      '192.0.2.0/24',
      '192.168.0.10',
      '192.168.0.0/24',
      '0.0.0.0/0',
    ],
    outside: [
      '203.0.113.9',
      '203.0.113.10',
      '203.0.113.0/28',
      '203.0.113.128/25',
      '203.0.113.0/24',
      '0.0.0.0/0',
    ],
  },
  ipv6: {
    inside: [
      '2001:db8:1::a',
      '2001:db8:1::b',
      '2001:db8:1::8/125',
      '2001:db8:1::/64',
      '2001:db8:1:1::a',
      '::/0',
    ],
    outside: ['2001:db8:99::9', '2001:db8:99::10', '2001:db8:99::/125', '2001:db8:99::/48', '::/0'],
  },
};

const isAll = (prefix: string): boolean => prefix.endsWith('/0');

const PORTS = ['25', '53', '443', '1000-2000', '1500', '40000-50000'];
const PORTED = ['tcp', 'udp', 'sctp', 'dccp'];
const PORTLESS = ['icmp', 'gre', 'esp', 'ah'];

const family = fc.constantFrom<Family>('ipv4', 'ipv6');

function ruleOf(policies: readonly string[]): fc.Arbitrary<RandomRule> {
  const policy = fc.constantFrom(...policies);
  const shape = fc.record({
    policy,
    of: fc.option(family, { nil: undefined }),
    in: fc.option(wanted(fc.constantFrom<string>(...LANS)), { nil: undefined, freq: 3 }),
    ports: fc.constantFrom('none', 'protocol', 'source', 'destination', 'both'),
    dscp: fc.option(wanted(fc.constantFrom(0, 10, 46)), { nil: undefined, freq: 4 }),
    bySource: fc.boolean(),
    byDestination: fc.boolean(),
  });
  return shape.chain(({ policy: name, of, in: ins, ports, dscp, bySource, byDestination }) => {
    const hosts = of === undefined ? undefined : HOSTS[of];
    const none = fc.constant(undefined);
    return (
      fc
        .record({
          source: hosts && bySource ? wanted(fc.constantFrom(...hosts.inside)) : none,
          destination: hosts && byDestination ? wanted(fc.constantFrom(...hosts.outside)) : none,
          protocol:
            ports === 'none'
              ? none
              : ports === 'protocol'
                ? wanted(fc.constantFrom(...PORTED, ...PORTLESS))
                : wanted(fc.constantFrom(...PORTED)).map(({ values }) => ({ values, negated: false })),
          sourcePort: ports === 'source' || ports === 'both' ? wanted(fc.constantFrom(...PORTS)) : none,
          destinationPort:
            ports === 'destination' || ports === 'both' ? wanted(fc.constantFrom(...PORTS)) : none,
        })
        // All but every address of a family is the other family: polywan refuses addresses beside it.
        .filter(({ source, destination }) => {
          const alone = (one: Matching<string> | undefined) =>
            one?.negated === true && one.values.some(isAll);
          return !(alone(source) && destination) && !(alone(destination) && source);
        })
        .map((matches): RandomRule => {
          const named = hosts !== undefined && (bySource || byDestination);
          const all = {
            policy: name,
            in: ins,
            dscp,
            ...matches,
            ...(of === undefined || named ? {} : { family: of }),
          };
          return Object.fromEntries(
            Object.entries(all).filter(([, value]) => value !== undefined),
          ) as unknown as RandomRule;
        })
    );
  });
}

export const randomSite: fc.Arbitrary<RandomSite> = fc
  .uniqueArray(fc.constantFrom<Wan>(...WANS), { minLength: 2, maxLength: 4 })
  .chain((wans) => {
    const member = (wan: Wan) =>
      fc.record({
        wan: fc.constant(wan),
        weight: fc.integer({ min: 1, max: 4 }),
        tier: fc.integer({ min: 1, max: 3 }),
      });
    const policy = (name: string) =>
      fc.record({
        name: fc.constant(name),
        members: fc
          .uniqueArray(fc.constantFrom<Wan>(...wans), { minLength: 1, maxLength: wans.length })
          .chain((some) => fc.tuple(...some.map(member))),
        lastResort: fc.constantFrom('unreachable' as const, 'blackhole' as const, 'main' as const),
      });
    const names = ['all', 'some', 'few'];
    return fc.record({
      wans: fc.constant(wans),
      families: fc
        .tuple(
          ...wans.map(() =>
            fc.constantFrom<readonly Family[]>(['ipv4', 'ipv6'], ['ipv4', 'ipv6'], ['ipv4'], ['ipv6']),
          ),
        )
        .map((all) => Object.fromEntries(wans.map((wan, at) => [wan, all[at] ?? []]))),
      policies: fc.tuple(...names.map(policy)),
      steering: fc.array(ruleOf(names), { minLength: 1, maxLength: 5 }),
      localTraffic: fc.option(fc.constantFrom(...names), { nil: undefined }),
      down: fc.subarray([...wans]),
    });
  });

/** The files of a site, by path. */
export function filesOf(site: RandomSite): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const policies = site.policies.map(
    ({ name, members, lastResort }) =>
      `  ${name}:\n    members: [${members
        .map(({ wan, weight, tier }) => `{ wan: ${wan}, weight: ${weight}, tier: ${tier} }`)
        .join(', ')}]\n    last_resort: ${lastResort}\n`,
  );
  const steering = site.steering.map(
    (rule, at) =>
      `  - { name: r${at}, policy: ${rule.policy}${Object.entries(KEYS)
        .map(([key, name]) => valueText(name, rule[key as keyof typeof KEYS]))
        .join('')}${rule.family === undefined ? '' : `, family: ${rule.family}`} }\n`,
  );
  files.set(
    '/polywan.yaml',
    `version: 1\nlan: [${LANS.join(', ')}]\n${
      site.localTraffic === undefined ? '' : `local_traffic: ${site.localTraffic}\n`
    }policies:\n${policies.join('')}steering:\n${steering.join('')}`,
  );
  site.wans.forEach((wan, at) => {
    const of = site.families[wan] ?? [];
    const families = of.length === 2 ? 'both' : of[0];
    files.set(
      `/profiles/${wan}.yaml`,
      `name: ${wan}\ninterface: wan${at}\nfamilies: ${families}\nmasquerade: ${of.length === 2 ? 'yes' : of[0]}\n`,
    );
  });
  return files;
}

const KEYS = {
  in: 'in',
  source: 'source',
  destination: 'destination',
  protocol: 'protocol',
  sourcePort: 'source_port',
  destinationPort: 'destination_port',
  dscp: 'dscp',
} as const;

function valueText(name: string, value: Matching<string | number> | undefined): string {
  if (value === undefined) return '';
  return `, ${name}: [${value.values.map((one) => `"${value.negated ? '!' : ''}${one}"`).join(', ')}]`;
}
