import { describe, expect, it } from 'vitest';
import { readSite } from '../../../src/config/read-site.ts';
import type { Site } from '../../../src/config/site.ts';
import { expectedExit } from '../../../src/lab/expected.ts';
import { steeringRuleOf } from '../../../src/lab/flow.ts';
import { type Layout, layOut } from '../../../src/lab/layout.ts';
import { overlap } from '../../../src/lab/network-pool.ts';
import type { TopologyWan } from '../../../src/lab/topology.ts';
import { whyNoFlow } from '../../../src/lab/why-no-flow.ts';
import { FAMILIES } from '../../../src/net/family.ts';
import { networkOf, type Prefix, parsePrefix } from '../../../src/net/prefix.ts';

interface Texts {
  readonly site?: string;
  readonly steering: readonly string[];
  readonly profiles: readonly string[];
}

function siteOf({ site = '', steering, profiles }: Texts): Site {
  const names = profiles.map((_, at) => `w${at + 1}`);
  const files: Record<string, string> = Object.fromEntries(
    profiles.map((text, at) => [`/s/w${at + 1}.yaml`, `name: w${at + 1}\n${text}\n`]),
  );
  files['/s/polywan.yaml'] = `version: 1
lan: [lan0, br+]
profiles: [${names.map((name) => `${name}.yaml`).join(', ')}]
policies:
  all: { members: [${names.map((name) => `{ wan: ${name} }`).join(', ')}] }
steering:
${steering.map((line) => `  - ${line}\n`).join('')}${site}`;
  const read = readSite(
    '/s/polywan.yaml',
    (path) => files[path],
    () => Object.keys(files).map((path) => path.slice(3)),
  );
  expect(read.diagnostics).toEqual([]);
  if (read.site === undefined) throw new Error('no site');
  return read.site;
}

const PLAIN = ['interface: wan0\nfamilies: both', 'interface: wan1\nfamilies: both'];

function wansOf(profiles: readonly string[]): readonly TopologyWan[] {
  return layOut(siteOf({ steering: [], profiles, site: '  - { name: a, policy: all }\n' })).topology.wans;
}

describe('a flow for each steering rule', () => {
  it.each([
    [
      'a prefix inside an earlier one',
      ['{ name: a, source: 192.0.2.0/28, policy: all }', '{ name: b, source: 192.0.2.0/24, policy: all }'],
    ],
    [
      'the rest behind a prefix',
      ['{ name: a, source: [192.0.2.0/24, "2001:db8::/32"], policy: all }', '{ name: b, policy: all }'],
    ],
    [
      'all but a set, which is empty here',
      [
        '{ name: a, source: 192.0.2.0/24, set: "!voip", policy: all }',
        '{ name: b, domain: "!example.org", policy: all }',
      ],
    ],
    [
      'all but every address of one family',
      [
        '{ name: a, destination: "!0.0.0.0/0", policy: all }',
        '{ name: b, source: "!::/0", destination: 0.0.0.0/0, policy: all }',
      ],
    ],
    ['a negated prefix', ['{ name: a, source: "!192.0.2.0/24", policy: all }', '{ name: b, policy: all }']],
    [
      'a port in the gap of two ranges',
      [
        '{ name: a, protocol: tcp, destination_port: ["1-442", "444-65535"], policy: all }',
        '{ name: b, protocol: tcp, policy: all }',
      ],
    ],
    ['another protocol', ['{ name: a, protocol: "!udp", policy: all }', '{ name: b, policy: all }']],
    ['interfaces by prefix', ['{ name: a, in: br+, policy: all }', '{ name: b, in: "!br+", policy: all }']],
    [
      'interfaces of a prefix but one',
      ['{ name: a, in: lan0, policy: all }', '{ name: b, in: "!br0", policy: all }'],
    ],
    [
      'one interface of a prefix, and the others',
      [
        '{ name: a, in: br0, policy: all }',
        '{ name: b, in: br1+, policy: all }',
        '{ name: c, in: br+, policy: all }',
      ],
    ],
    [
      "the router's own user",
      ['{ name: a, in: router, uid: 1000, policy: all }', '{ name: b, in: router, policy: all }'],
    ],
    [
      'DSCP and MAC',
      ['{ name: a, dscp: 46, policy: all }', '{ name: b, mac: "02:00:00:00:00:05", policy: all }'],
    ],
  ])('is found for %s, and no earlier rule takes it', (_, steering) => {
    const site = siteOf({ steering, profiles: PLAIN });
    const { flows } = layOut(site);
    for (const rule of site.steering) {
      // In a family that an earlier rule takes whole there is none.
      const own = flows.flatMap((line) => (line.rule === rule && line.flow !== undefined ? [line.flow] : []));
      expect(own.length).toBeGreaterThan(0);
      for (const flow of own) expect(steeringRuleOf(site.steering, flow)).toBe(rule);
    }
  });

  it('is missing for a rule that earlier rules leave nothing to', () => {
    const site = siteOf({
      steering: ['{ name: a, policy: all }', '{ name: b, source: 192.0.2.1, policy: all }'],
      profiles: PLAIN,
    });
    expect(layOut(site).flows.filter((line) => line.rule?.name === 'b')).toMatchObject([{ family: 'ipv4' }]);
    expect(layOut(site).flows.find((line) => line.rule?.name === 'b')?.flow).toBeUndefined();
    expect(whyNoFlow(site.steering[1])).toBe('no flow was found that this rule takes');
  });

  it('has its source on a client of the LAN it comes from', () => {
    const site = siteOf({
      steering: ['{ name: a, in: br+, source: 192.0.2.77, policy: all }'],
      profiles: PLAIN,
    });
    const bridge = layOut(site).topology.lans.find((lan) => lan.interface === 'br0');
    expect(bridge?.networks.flatMap((one) => one.clients)).toContain('192.0.2.77');
  });
});

it('no flow goes to an inside network, whatever sources and destinations its rule leaves out', () => {
  const inside = '["!192.0.2.0/24", "!192.168.0.0/16", "!172.16.0.0/12", "!10.0.0.0/8", "!2000::/3"]';
  const { flows, topology } = layOut(
    siteOf({
      steering: [`{ name: a, source: ${inside}, destination: ["!128.0.0.0/1", "!2000::/3"], policy: all }`],
      profiles: PLAIN,
    }),
  );
  expect(flows.flatMap(({ rule, flow }) => (rule?.name === 'a' ? [flow?.family] : []))).toEqual(FAMILIES);
  const networks = topology.lans
    .flatMap((lan) => lan.networks.flatMap((one) => one.clients))
    .map(parsePrefix);
  const length = (family: Prefix['family']) => (family === 'ipv4' ? 24 : 64);
  for (const { flow } of flows) {
    const to = parsePrefix(flow?.destination ?? '');
    for (const one of networks)
      expect(one && to && overlap({ ...one, length: length(one.family) }, to)).toBe(false);
  }
});

describe("a WAN's links", () => {
  it('have the gateway the profile names, and an address beside it', () => {
    const [wan] = wansOf(['interface: wan0\ngateway: 192.0.2.254']);
    expect(wan?.links).toMatchObject([{ gateway: '192.0.2.254', address: '192.0.2.2', length: 24 }]);
  });

  it('have the address that is translated to', () => {
    const [wan] = wansOf(['interface: wan0\ngateway: 192.0.2.1\nmasquerade: no\nsnat: 192.0.2.9']);
    expect(wan?.links).toMatchObject([{ gateway: '192.0.2.1', address: '192.0.2.9' }]);
  });

  it('keep gateways of two interfaces in networks of their own', () => {
    const wans = wansOf(['interface: wan0\ngateway: 192.0.2.1', 'interface: wan1\ngateway: 192.0.2.129']);
    const [a, b] = wans.map((wan) => wan.links.map(networkOfLink)[0]);
    expect(a && b && overlap(a, b)).toBe(false);
  });

  it('are no bigger than leaves what connections go to behind the ISP', () => {
    const steering = ['{ name: a, destination: 198.51.100.0/24, policy: all }'];
    const profiles = ['interface: wan0\ngateway: 198.51.100.1', 'interface: wan1'];
    const { topology, flows } = layOut(siteOf({ steering, profiles }));
    const [link] = topology.wans[0]?.links ?? [];
    expect(flows[0]?.flow?.destination).toBe('198.51.100.10');
    expect(link).toMatchObject({ address: '198.51.100.2', length: 29 });
  });

  it('are no bigger than that around an address that packets are translated to, either', () => {
    const steering = ['{ name: a, destination: [192.0.2.77, "2001:db8:9::77"], policy: all }'];
    const profiles = [
      'interface: wan0\nfamilies: both\nmasquerade: no\nsnat: { ipv4: 192.0.2.2, ipv6: "2001:db8:9::2" }',
    ];
    const [ipv4, ipv6] = layOut(siteOf({ steering, profiles })).topology.wans[0]?.links ?? [];
    expect(ipv4).toMatchObject({ address: '192.0.2.2', length: 26, gateway: '192.0.2.1' });
    expect(ipv6).toMatchObject({ address: '2001:db8:9::2', length: 122 });
  });

  it('are point-to-point without a gateway, and on devices that have none', () => {
    const wans = wansOf(['interface: wan0\ngateway: none', 'interface: ppp0']);
    expect(wans.map((wan) => wan.links[0]?.gateway)).toEqual([undefined, undefined]);
  });
});

describe("the lab's own networks", () => {
  it('keep clear of each other and of what the site names', () => {
    const layout = layOut(
      siteOf({
        steering: [
          '{ name: a, source: 192.0.2.0/24, destination: [198.18.0.0/24, 203.0.113.0/24], policy: all }',
        ],
        profiles: PLAIN,
      }),
    );
    const networks = allNetworks(layout);
    for (const [at, network] of networks.entries())
      for (const other of networks.slice(at + 1))
        expect([network, other, overlap(network, other)]).toEqual([network, other, false]);
    for (const wan of layout.topology.wans)
      expect(wan.links.map(networkOfLink).some((one) => overlap(one, named('198.18.0.0', 24)))).toBe(false);
  });
});

describe('the exit a site asks for', () => {
  const site = siteOf({
    steering: [],
    profiles: PLAIN,
    site: `  - { name: a, policy: all }\n`,
  });
  const { topology } = layOut(site);

  it('is shared by weight among the WANs of the lowest tier that are up', () => {
    expect(expectedExit(site, topology, 'all', 'ipv4', [])).toMatchObject({
      shares: [{ percent: 50 }, { percent: 50 }],
    });
    expect(expectedExit(site, topology, 'all', 'ipv4', ['w1'])).toMatchObject({
      shares: [{ wan: 'w2', percent: 100 }],
    });
  });

  it('is the last resort when none is', () => {
    expect(expectedExit(site, topology, 'all', 'ipv4', ['w1', 'w2'])).toEqual({ kind: 'unreachable' });
  });

  it("is main's first default where no policy speaks", () => {
    expect(expectedExit(site, topology, undefined, 'ipv4', [])).toEqual({ kind: 'main', wan: 'w1' });
  });
});

function allNetworks({ topology }: Layout): readonly Prefix[] {
  return [
    ...topology.wans.flatMap((wan) => wan.links.map(networkOfLink)),
    ...topology.lans.flatMap((lan) =>
      lan.networks.map((one) => networkOf({ family: one.family, address: one.router, length: one.length })),
    ),
    topology.transit.ipv4,
    topology.transit.ipv6,
    named(topology.internet.ipv4, 32),
    named(topology.internet.ipv6, 128),
  ];
}

function networkOfLink({
  family,
  address,
  length,
}: {
  family: 'ipv4' | 'ipv6';
  address: string;
  length: number;
}): Prefix {
  return networkOf({ family, address, length });
}

function named(address: string, length: number): Prefix {
  return { family: address.includes(':') ? 'ipv6' : 'ipv4', address, length };
}
