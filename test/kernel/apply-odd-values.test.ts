import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

// An apply looks again at the end, so what a tool lists in other words than it was given would be refused. These are values
// that the tools have words of their own for, or none at all.

const MATCHES: readonly string[] = [
  'source: 0.0.0.0/0',
  'destination: 0.0.0.0/0',
  'source: [0.0.0.0/0, "::/0"]',
  'source: [0.0.0.0/0, 192.0.2.0/24], protocol: tcp',
  'destination: "::/0"',
  'source: "!0.0.0.0/0"',
  'destination: "!::/0"',
  'destination: [0.0.0.0/1, 128.0.0.0/1]',
  'destination: ["!0.0.0.0/1", "!128.0.0.0/1"]',
  'source: ["!10.0.0.0/9", "!10.128.0.0/9", "!10.0.0.1"]',
  'in: "!lan0"',
  'in: router, source: 0.0.0.0/0',
  'in: router, source: 127.0.0.1',
  'in: router, uid: [0, 4294967294]',
  'in: router, uid: "!0"',
  'destination: [224.0.0.0/4, 255.255.255.255]',
  'destination: ["::1", "ff02::/16", "::ffff:192.0.2.1"]',
  'dscp: [0, 63]',
  'dscp: "!0"',
  'mac: "!02:00:5E:00:53:01"',
  'protocol: [tcp, tcp]',
  'protocol: [tcp, udp, sctp, dccp, icmp, gre, esp, ah]',
  'protocol: ["!tcp", "!udp"]',
  'family: ipv6, protocol: icmp',
  'protocol: tcp, destination_port: "1-65535"',
  'protocol: tcp, destination_port: "!1-65535"',
  'protocol: udp, destination_port: [65535, "1-100", "101-65534"]',
  'protocol: [sctp, dccp], source_port: ["!22", "!1024-65535"]',
  'protocol: tcp, source_port: 5000, destination_port: 443',
  'protocol: tcp, source_port: "!5000", destination_port: "!443"',
  'protocol: [tcp, sctp], source_port: 5000, destination_port: 443',
  'protocol: [udp, dccp], source_port: "!65535", destination_port: "!1"',
  'protocol: [udp, dccp], source_port: 1, destination_port: 65535',
  'set: a.b',
  'set: [x, y]',
  'domain: ["!example.org", "!xn--bcher-kva.example"]',
];

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
});

afterAll(() => router.remove());

it.each([
  { title: 'nftables', backend: 'nftables', env: {} },
  { title: 'iptables-nft', backend: 'iptables', env: { POLYWAN_IPTABLES: 'iptables-nft' } },
  { title: 'iptables-legacy', backend: 'iptables', env: { POLYWAN_IPTABLES: 'iptables-legacy' } },
] as const)('finds every value of a site in the kernel as it was written: $title', ({ backend, env }) => {
  router.writeSite({ backend });
  const site = join(router.folder, 'polywan.yaml');
  const steady = readFileSync(site, 'utf8').replace('sticky: 10m', 'sticky: 1500ms');
  const rules = MATCHES.map((match) => `  - { ${match}, policy: balanced }\n`).join('');
  writeFileSync(site, steady.replace('steering:\n', `steering:\n${rules}`));
  appendFileSync(join(router.folder, 'profiles/fiber.yaml'), 'sources: [0.0.0.0/0, 192.0.2.0/24]\n');
  expect(router.polywan(['apply'], env)).toMatchObject({ code: 0 });
  expect(router.polywan(['plan', '--exit-code'], env)).toMatchObject({ code: 0 });
  expect(router.polywan(['remove'], env)).toMatchObject({ code: 0, stderr: '' });
});
