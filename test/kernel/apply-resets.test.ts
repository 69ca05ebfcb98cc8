import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

/** A connection that is tracked. */
function connect(mark: string, sourcePort = 1001, destinationPort = 80): void {
  const ends = `-s 203.0.113.9 -d 192.0.2.99 --sport ${sourcePort} --dport ${destinationPort}`;
  router.sh(`conntrack -I -p tcp ${ends} --state ESTABLISHED -t 300 -m ${mark}`);
}

const tracked = (): string => router.sh('conntrack -L 2>/dev/null');

it('says how many connections of a removed WAN it will reset, and resets only those', () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  connect('0x1000000', 1001);
  connect('0x2000005', 1002);
  connect('0x2000000', 1003);
  router.writeSite({ wans: ['fiber'] });
  expect(router.polywan(['plan']).stdout).toContain('2 connections of WAN cable will be reset');
  expect(router.polywan(['apply']).stdout).toContain('2 connections of WAN cable reset');
  const left = tracked();
  expect(left).toContain('sport=1001');
  expect(left).not.toContain('sport=1002');
});

it('says that a WAN has another mark where its connections are reset for that', () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  connect('0x2000000');
  router.sh(`sed -i '1a mark_mask: 0xff00' ${router.folder}/polywan.yaml`);
  expect(router.polywan(['plan']).stdout).toContain(
    '1 connection of WAN cable will be reset: it gets another mark\n',
  );
  expect(router.polywan(['apply']).stdout).toContain(
    '1 connection of WAN cable reset: it has another mark now\n',
  );
  connect('0x200');
  router.sh(`echo 'mark: 0x3000' >> ${router.folder}/profiles/cable.yaml`);
  expect(router.polywan(['apply']).stdout).toContain('reset: it has another mark now\n');
  expect(tracked()).not.toContain('sport=1001');
});

it('resets the connections of a WAN that is moved to another link, and keeps them where the link is renamed', () => {
  const moveTo = (link: string) =>
    router.sh(`sed -i 's/^interface: .*/interface: ${link}/' ${router.folder}/profiles/cable.yaml`);
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  connect('0x2000000');
  router.sh('ip link add wan2 type veth peer name far-wan2; ip link set far-wan2 up; ip link set wan2 up');
  router.sh('ip address add 198.51.100.3/24 dev wan2; ip address add 2001:db8:2::3/64 dev wan2 nodad');
  moveTo('wan2');
  expect(router.polywan(['plan']).stdout).toContain(
    '1 connection of WAN cable will be reset: it gets another interface\n',
  );
  expect(router.polywan(['apply']).stdout).toContain(
    '1 connection of WAN cable reset: it has another interface now\n',
  );
  expect(tracked()).not.toContain('sport=1001');
  connect('0x2000000');
  router.sh(
    'ip link set wan2 down; ip link set wan2 name dsl0; ip link set dsl0 up; ip address add 2001:db8:2::3/64 dev dsl0 nodad',
  );
  moveTo('dsl0');
  expect(router.polywan(['plan']).stdout).not.toContain('reset');
  expect(router.polywan(['apply'])).toMatchObject({ code: 0, stderr: '' });
  expect(tracked()).toContain('sport=1001');
});

it('keeps the connections of a WAN that only got another name', () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  connect('0x2000000');
  const numbers = () => router.sh('ip rule; ip -6 rule; ip route show table all');
  const before = numbers();
  router.sh(
    `sed -i -E 's/(wan|name): cable/\\1: coax/' ${router.folder}/polywan.yaml ${router.folder}/profiles/cable.yaml`,
  );
  expect(router.polywan(['plan']).stdout).not.toMatch(/routes|policy rules|connections/);
  expect(router.polywan(['apply']).code).toBe(0);
  expect(numbers()).toBe(before);
  expect(tracked()).toContain('sport=1001');
  expect(router.polywan(['status']).stdout).toMatch(/^coax +wan1 +0x2000000 +8702 /m);
});

it('keeps the connections of a policy that only got another name', () => {
  router.writeSite({ policies: ['balanced', 'web'] });
  expect(router.polywan(['apply']).code).toBe(0);
  connect('0x1000000', 999, 8001);
  // A WAN with a new name is the same, too.
  router.sh(
    `sed -i -E 's/^  web:/  browsing:/; s/policy: web/policy: browsing/; s/(wan|name): fiber/\\1: glass/' ${router.folder}/polywan.yaml ${router.folder}/profiles/fiber.yaml`,
  );
  expect(router.polywan(['plan']).stdout).not.toContain('connection');
  expect(router.polywan(['apply']).stdout).not.toContain('connection');
  expect(tracked()).toContain('dport=8001');
});

it('says nothing of connections where a removed WAN or policy has none', () => {
  router.writeSite({ policies: ['balanced', 'web'] });
  expect(router.polywan(['apply']).code).toBe(0);
  router.writeSite({ wans: ['fiber'] });
  expect(router.polywan(['plan']).stdout).not.toContain('connection');
  expect(router.polywan(['apply']).stdout).not.toContain('connection');
});

it('resets the connections of a removed policy, and keeps what was of another', () => {
  router.writeSite({ policies: ['balanced', 'web'] });
  expect(router.polywan(['apply']).code).toBe(0);
  for (const port of [8001, 8002]) connect('0x1000000', 999, port);
  router.writeSite();
  expect(router.polywan(['apply']).stdout).toContain('1 connection of policy web reset');
  const left = tracked();
  expect(left).toContain('dport=8002');
  expect(left).not.toContain('dport=8001');
});
