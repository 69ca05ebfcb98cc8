import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { render } from '../../src/apply/render.ts';
import { readSite } from '../../src/config/read-site.ts';
import type { Backend, Site } from '../../src/config/site.ts';
import { compile } from '../../src/plan/compile.ts';
import { readMachine } from '../unit/golden-machine.ts';

// What is kept as golden text, and what the ready-made profiles become, is given to the programs it is meant for.

const ROOT = new URL('../..', import.meta.url).pathname;
const GOLDEN = join(ROOT, 'test/golden');
const PROFILES = join(ROOT, 'profiles');
const NAMESPACE = `pwload-${process.pid}`;

function inside(program: string, args: readonly string[], input = ''): string {
  return execFileSync('ip', ['netns', 'exec', NAMESPACE, program, ...args], {
    encoding: 'utf8',
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function siteAt(folder: string): Site {
  const { site, diagnostics } = readSite(
    join(folder, 'polywan.yaml'),
    (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    (path) => readdirSync(path).sort(),
  );
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  if (site === undefined) throw new Error('no site');
  return site;
}

/** Interfaces of the site that are up, with the addresses it is compiled for: without them no route can be made. */
function makeInterfaces(folder: string, site: Site): void {
  const { facts } = readMachine(folder, site);
  const names = new Set(
    [...facts.links, ...facts.addresses.map(({ device }) => ({ name: device, up: true }))]
      .filter(({ up }) => up)
      .map(({ name }) => name),
  );
  const lines = [...names].flatMap((name, at) => [
    `link add ${name} type veth peer name peer${at}`,
    `link set peer${at} up`,
    `link set ${name} up`,
  ]);
  const addresses = facts.addresses.map(
    ({ device, address, length }) =>
      `address add ${address}/${length} dev ${device}${address.includes(':') ? ' nodad' : ''}`,
  );
  inside('ip', ['-batch', '-'], [...lines, ...addresses].map((line) => `${line}\n`).join(''));
}

function loadRouting(texts: ReadonlyMap<string, string>): void {
  for (const family of ['4', '6'])
    inside('ip', [`-${family}`, '-batch', '-'], texts.get(`ip${family}.batch`) ?? '');
}

function loadNft(texts: ReadonlyMap<string, string>): void {
  inside('nft', ['-c', '-f', '-'], texts.get('nft'));
  inside('nft', ['-f', '-'], texts.get('nft'));
  expect(inside('nft', ['list', 'tables'])).toBe('table inet polywan\n');
}

function loadIptables(texts: ReadonlyMap<string, string>): void {
  if (texts.has('ipset')) inside('ipset', ['restore'], texts.get('ipset'));
  for (const kind of ['nft', 'legacy'])
    for (const program of ['iptables', 'ip6tables']) {
      const text = texts.get(program);
      if (text === undefined) continue;
      inside(`${program}-${kind}-restore`, ['--test', '--noflush'], text);
      inside(`${program}-${kind}-restore`, ['--noflush'], text);
      const own = (list: string) => list.split('\n').filter((line) => /^-A polywan-/.test(line)).length;
      expect(own(inside(`${program}-${kind}-save`, []))).toBe(own(text));
    }
}

beforeAll(() => {
  // Every test begins with a fresh one; this is only there to be deleted.
  execFileSync('ip', ['netns', 'add', NAMESPACE]);
});

beforeEach(() => {
  execFileSync('ip', ['netns', 'del', NAMESPACE]);
  execFileSync('ip', ['netns', 'add', NAMESPACE]);
  inside('sysctl', ['-qw', 'net.ipv6.conf.default.accept_dad=0']);
  // Without any local address the kernel takes every gateway for a broadcast address.
  inside('ip', ['link', 'set', 'lo', 'up']);
});

afterAll(() => {
  execFileSync('ip', ['netns', 'del', NAMESPACE]);
});

describe('a golden folder is taken by the programs it is for', () => {
  it.each(readdirSync(GOLDEN))('%s', (name) => {
    const folder = join(GOLDEN, name);
    const texts = (backend: Backend) =>
      new Map(
        readdirSync(join(folder, backend)).map((file) => [
          file,
          readFileSync(join(folder, backend, file), 'utf8'),
        ]),
      );
    makeInterfaces(folder, siteAt(folder));
    loadRouting(texts('nftables'));
    loadNft(texts('nftables'));
    inside('nft', ['flush', 'ruleset']);
    loadIptables(texts('iptables'));
  });
});

describe('a ready-made profile in a site with a second WAN', () => {
  const names = readdirSync(PROFILES).filter((name) => name.endsWith('.yaml'));
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'polywan-profiles-'));
    mkdirSync(join(folder, 'profiles'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('is one of seven', () => expect(names.length).toBe(7));

  it.each(names)('%s reads, compiles and loads with both backends', (name) => {
    const text = readFileSync(join(PROFILES, name), 'utf8');
    const wan = /^name: (\S+)/m.exec(text)?.[1];
    const device = /^interface: (\S+)/m.exec(text)?.[1];
    writeFileSync(join(folder, 'profiles', name), text);
    writeFileSync(
      join(folder, 'profiles/second.yaml'),
      'name: second\ninterface: wan9\ngateway: { ipv4: 198.51.100.1, ipv6: "2001:db8:2::1" }\nfamilies: both\nmasquerade: yes\n',
    );
    writeFileSync(
      join(folder, 'polywan.yaml'),
      `version: 1\nlan: [lan0]\nlocal_traffic: balanced\npolicies: { balanced: { members: [{ wan: ${wan} }, { wan: second, tier: 2 }], sticky: 10m } }\nsteering: [{ name: rest, policy: balanced }]\n`,
    );
    writeFileSync(
      join(folder, 'machine.yaml'),
      `links: [${device}, wan9]
addresses: [${device} 192.0.2.2/24, "${device} 2001:db8:1::2/64", wan9 198.51.100.2/24, "wan9 2001:db8:2::2/64"]
routes: [default via 192.0.2.1 dev ${device}, "default via 2001:db8:1::1 dev ${device}"]
`,
    );
    const site = siteAt(folder);
    makeInterfaces(folder, site);
    const { facts, health } = readMachine(folder, site);
    for (const backend of ['nftables', 'iptables'] as const) {
      const plan = compile(site, facts, { backend, health, allocation: { slots: {} } });
      // Of every profile a WAN came out that takes traffic; only the watching is not there yet.
      expect(plan.policies[0]?.active.ipv4).toEqual([{ wan, sharePercent: 100 }]);
      expect(plan.warnings.filter((warning) => warning.wan !== undefined)).toEqual([]);
      const texts = new Map(render(plan.desired).map((part) => [part.name, part.text]));
      if (backend === 'iptables') loadIptables(texts);
      else {
        loadRouting(texts);
        loadNft(texts);
      }
    }
  });
});
