import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter, PROGRAM, withoutCounters } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

/** Both streams as a terminal shows them. */
function shown(command: string): string {
  return router.sh(`${PROGRAM} ${command} -c ${router.folder}/polywan.yaml 2>&1`);
}

it('status names each policy rule by its line in the site, and only families that the site has', () => {
  writeFileSync(
    join(router.folder, 'polywan.yaml'),
    `version: 1
lan: [lan0]
policies:
  balanced: { members: [{ wan: fiber }, { wan: cable }] }
  hidden: { members: [{ wan: cable }], last_resort: blackhole }
steering: [{ name: rest, policy: balanced }]
`,
  );
  for (const [name, device, gateway] of [
    ['fiber', 'wan0', '192.0.2.1'],
    ['cable', 'wan1', '198.51.100.1'],
  ])
    writeFileSync(
      join(router.folder, `profiles/${name}.yaml`),
      `name: ${name}\ninterface: ${device}\ngateway: ${gateway}\n`,
    );
  shown('apply');
  const lines = shown('status').split('\n');
  const from = lines.indexOf('policy rules') + 1;
  const rules = lines.slice(from, lines.indexOf('', from));
  expect(rules).toEqual([
    '10000: lookup main suppress_prefixlength 0  (polywan.yaml:1)',
    '11001: fwmark 0x1000000/0xff000000 lookup 8701  (profiles/cable.yaml:1)',
    '11002: fwmark 0x2000000/0xff000000 lookup 8702  (profiles/fiber.yaml:1)',
    '12001: fwmark 0x1000000/0xff000000 unreachable  (profiles/cable.yaml:1)',
    '12002: fwmark 0x2000000/0xff000000 unreachable  (profiles/fiber.yaml:1)',
    '12990: fwmark 0xff000000/0xff000000 unreachable  (polywan.yaml:4)',
    '12991: fwmark 0xfe000000/0xff000000 blackhole  (polywan.yaml:5)',
    '13001: from 198.51.100.2 lookup 8701  (profiles/cable.yaml:1)',
    '13002: from 192.0.2.2 lookup 8702  (profiles/fiber.yaml:1)',
    '13999: from 198.51.100.2 unreachable  (profiles/cable.yaml:1)',
    '13999: from 192.0.2.2 unreachable  (profiles/fiber.yaml:1)',
  ]);
  expect(lines.filter((line) => /ipv6/.test(line))).toEqual([]);
});

it('status says which WAN is metered', () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  expect(shown('status')).not.toContain('metered');
  appendFileSync(join(router.folder, 'profiles/cable.yaml'), 'metered: true\n');
  expect(router.polywan(['apply']).code).toBe(0);
  expect(shown('status')).toMatch(/^cable \(metered\) +wan1 /m);
  const { wans } = JSON.parse(router.polywan(['status', '--json']).stdout);
  expect(wans).toMatchObject([
    { name: 'fiber', metered: false },
    { name: 'cable', metered: true },
  ]);
});

it('status tells of each WAN and its gateways within 80 columns, however long the addresses are', () => {
  router.writeSite();
  const net = '2001:db8:1111:2222:3333:4444:5555';
  router.sh(`ip addr add ${net}:2/112 dev wan0 nodad`);
  writeFileSync(
    join(router.folder, 'profiles/fiber.yaml'),
    `name: fiber\ninterface: wan0\nfamilies: both\nmetered: true\ngateway: { ipv4: 192.0.2.1, ipv6: "${net}:1" }\n`,
  );
  expect(router.polywan(['apply']).code).toBe(0);
  const lines = shown('status').split('\n');
  expect(lines).toContain(`fiber  ipv6  ${net}:1`);
  const tables = lines.slice(lines.indexOf('WANs'), lines.indexOf('policy rules'));
  expect(tables.filter((line) => line.length > 80)).toEqual([]);
});

it('plan and apply end with what the user should know, and say once that nothing is watched yet', () => {
  router.writeSite();
  expect(shown('plan')).not.toContain('warning');
  for (const wan of ['fiber', 'cable']) {
    const file = join(router.folder, `profiles/${wan}.yaml`);
    const [device, gateway] = wan === 'fiber' ? ['wan0', '192.0.2.1'] : ['wan1', '198.51.100.1'];
    writeFileSync(
      file,
      `name: ${wan}\ninterface: ${device}\ngateway: ${gateway}\nprobes: [{ ping: 203.0.113.1 }]\n`,
    );
  }
  router.sh('ip link set wan1 down');
  const ending =
    /\n\S+\/profiles\/cable\.yaml:1: warning: WAN cable: interface wan1 is down.*\nno monitor is running: .*\n$/;
  for (const command of ['plan', 'apply --dry-run', 'apply']) {
    const text = shown(command);
    expect(text).toMatch(ending);
    expect(text.match(/warning: /g)).toHaveLength(1);
  }
  expect(router.polywan(['plan', '--json']).stderr).toMatch(/^no monitor is running: .*\n$/);
});

it('names what it did in words, within 80 columns, and status the front end it went by', () => {
  router.writeSite();
  const first = shown('apply').replaceAll(/\s+/g, ' ');
  expect(first).toMatch(/^applied by nftables \(.*\): 1 file, \d+ sysctls, .* policy rules, the nft table $/);
  writeFileSync(
    join(router.folder, 'polywan.yaml'),
    'version: 1\nbackend: iptables\nlan: [lan0]\npolicies:\n  balanced: { members: [{ wan: fiber }, { wan: cable }] }\nsteering: [{ name: rest, policy: balanced }]\n',
  );
  const change = router.polywan(['apply'], { POLYWAN_IPTABLES: 'iptables-legacy', POLYWAN_TOOL_TIMEOUT: '' });
  expect(change.stdout.replaceAll(/\s+/g, ' ')).toBe(
    'applied by iptables-legacy (the site asks for it): 1 file, iptables chains, ip6tables chains; took away the nft table ',
  );
  const texts = [change.stdout, shown('status'), shown('plan')];
  expect(texts[1]?.replaceAll(/\s+/g, ' ')).toContain('by iptables-legacy (the site asks for it)');
  // A path cannot be broken.
  for (const line of texts
    .join('')
    .split('\n')
    .filter((one) => !one.includes(router.folder)))
    expect(line.length).toBeLessThanOrEqual(80);
  expect(router.polywan(['remove'], { POLYWAN_IPTABLES: '' }).code).toBe(0);
});

it('refuses a front end that it does not know, with the nearest that it does', () => {
  router.writeSite({ backend: 'iptables' });
  for (const [named, cure] of [
    ['iptables-ntf', 'did you mean iptables-nft?'],
    ['bogus', 'known are iptables, iptables-nft, iptables-legacy'],
  ])
    for (const command of ['plan', 'apply'])
      expect(router.polywan([command], { POLYWAN_IPTABLES: `${named}` })).toEqual({
        code: 2,
        stdout: '',
        stderr: `polywan: POLYWAN_IPTABLES is ${named}; ${cure}\n`,
      });
});

it('takes an empty POLYWAN_STATE_DIR for none, and does not write where it was called', () => {
  const shell = `cd ${router.folder}; mount -t tmpfs none /run; POLYWAN_STATE_DIR= ${PROGRAM} plan -c polywan.yaml; ls -A`;
  router.writeSite();
  const said = router.sh(`unshare -m sh -ec '${shell}'`);
  expect(said).toMatch(/\npolywan\.yaml\nprofiles\n$/);
});

it('remove leaves no table behind that the monitor made, also after it moved traffic', async () => {
  router.writeSite({ backend: 'iptables' });
  const monitor = router.start(['monitor']);
  const ended = new Promise((done) => monitor.once('close', done));
  try {
    const log = (): string => router.polywan(['log']).stdout;
    await expect.poll(log, { timeout: 30_000 }).toContain('watching');
    const rules = (): string => withoutCounters(router.sh('nft list table ip mangle'));
    const before = rules();
    expect(router.polywan(['wan', 'down', 'cable']).code).toBe(0);
    await expect.poll(rules, { timeout: 30_000 }).not.toBe(before);
  } finally {
    monitor.kill();
    await ended;
  }
  expect(router.polywan(['remove']).code).toBe(0);
  expect(router.sh('nft list tables')).toBe('');
});
