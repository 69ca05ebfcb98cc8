import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/lint/check.ts';
import { bothFrontendsLoaded } from '../../../src/lint/checks/both-frontends-loaded.ts';
import { connmarkWithoutConntrack } from '../../../src/lint/checks/connmark-without-conntrack.ts';
import { defaultByTwoWans } from '../../../src/lint/checks/default-by-two-wans.ts';
import { duplicatePriority } from '../../../src/lint/checks/duplicate-priority.ts';
import { familiesDiffer } from '../../../src/lint/checks/families-differ.ts';
import { foreignBitsClobbered } from '../../../src/lint/checks/foreign-bits-clobbered.ts';
import { markOverlap } from '../../../src/lint/checks/mark-overlap.ts';
import { markValueOutsideMask } from '../../../src/lint/checks/mark-value-outside-mask.ts';
import { markWithoutRule } from '../../../src/lint/checks/mark-without-rule.ts';
import { maskMismatch } from '../../../src/lint/checks/mask-mismatch.ts';
import { natBeforeNotrack } from '../../../src/lint/checks/nat-before-notrack.ts';
import { restoreNeverFed } from '../../../src/lint/checks/restore-never-fed.ts';
import { ruleWithoutMark } from '../../../src/lint/checks/rule-without-mark.ts';
import { steeringRuleShadowed } from '../../../src/lint/checks/steering-rule-shadowed.ts';
import { unknownTarget } from '../../../src/lint/checks/unknown-target.ts';
import { unmaskedFwmarkRule } from '../../../src/lint/checks/unmasked-fwmark-rule.ts';
import { unreachableRule } from '../../../src/lint/checks/unreachable-rule.ts';
import { wanWithoutNat } from '../../../src/lint/checks/wan-without-nat.ts';
import type { FlowPacket, SufferingFlow } from '../../../src/lint/finding.ts';
import { CABLE, FIBER } from '../../../src/lint/sites/example-profiles.ts';
import { type Files, findings } from './machine-of.ts';

/** `P1 0x12/0x0 wan0`: marks as they were when it was routed, and the connection's. */
function rows(packets: readonly FlowPacket[]): readonly string[] {
  const mark = (value: FlowPacket['connmark']) =>
    value === undefined ? 'none' : typeof value === 'number' ? `0x${value.toString(16)}` : '?';
  return packets.map(
    ({ name, mark: own, connmark, exit }) => `${name} ${mark(own)}/${mark(connmark)} ${exit}`,
  );
}

function shownBy(check: Check, files: Files = check.bad.files): SufferingFlow {
  const [found] = findings(check, files);
  if (found?.flow === undefined) throw new Error(`${check.id} shows no flow`);
  return found.flow;
}

/** A listing of IPv4. */
const RULES = (...lines: readonly string[]) =>
  `${['0:\tfrom all lookup local', ...lines, '32766:\tfrom all lookup main', '32767:\tfrom all lookup default'].join('\n')}\n`;

const ROUTES = `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2
192.168.1.0/24 dev lan0 proto kernel scope link src 192.168.1.1
default via 192.0.2.1 dev wan0 table 101
default via 198.51.100.1 dev wan1 table 102
`;

const MANGLE = (...rules: readonly string[]) =>
  `*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;

describe('a flow is shown that would be another one', () => {
  it('without the rule that takes it before', () => {
    const { flow, packets, otherwise } = shownBy(unreachableRule);
    expect(flow).toMatchObject({ source: '172.17.4.1', protocol: 'tcp', destinationPort: 22 });
    expect(rows(packets)).toEqual(['P1 0x0/0x0 this machine']);
    expect(otherwise?.when).toBe('without the rule before it');
    expect(rows(otherwise?.packets ?? [])).toEqual(['P1 0x0/0x0 dropped: drop']);
  });

  it('without the rule that leaves it untracked', () => {
    const { packets, otherwise } = shownBy(natBeforeNotrack);
    expect(packets[0]).not.toHaveProperty('connmark');
    expect(otherwise?.packets[0]).toHaveProperty('connmark', 0);
  });

  it('with two policy rules of one priority the other way round', () => {
    const listing = RULES('100:\tfrom all fwmark 0x1/0xff lookup 101', '100:\tfrom all iif lan0 lookup 102');
    const { flow, packets, otherwise } = shownBy(duplicatePriority, {
      'rules.txt': listing,
      'routes.txt': ROUTES,
    });
    expect(flow).toMatchObject({ in: 'lan0', mark: 1 });
    expect(rows(packets)).toEqual(['P1 0x1/0x0 wan0 via 192.0.2.1']);
    expect(rows(otherwise?.packets ?? [])).toEqual(['P1 0x1/0x0 wan1 via 198.51.100.1']);
  });

  it('in the other family', () => {
    const { flow, packets, otherwise } = shownBy(familiesDiffer);
    expect(flow.family).toBe('ipv6');
    expect(rows(packets)[0]).toBe('P1 0x0/0x0 dropped: policy of filter INPUT');
    expect(otherwise?.when).toBe('by IPv4');
    expect(rows(otherwise?.packets ?? [])[0]).toBe('P1 0x0/0x0 this machine');
  });

  it('in the other family, whose chain is closed', () => {
    const filter = (policy: string, rule: string) =>
      `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ${policy} [0:0]\n:OUTPUT ACCEPT [0:0]\n${rule}COMMIT\n`;
    const { packets, otherwise } = shownBy(familiesDiffer, {
      'rules.v4': filter('DROP', '-A FORWARD -i lan0 -j ACCEPT\n'),
      'rules.v6': filter('ACCEPT', '').replace('*filter', '# Generated by ip6tables-save v1.8.9\n*filter'),
    });
    expect(rows(packets)[0]).not.toContain('dropped');
    expect(rows(otherwise?.packets ?? [])).toEqual(['P1 0x0/0x0 dropped: policy of filter FORWARD']);
  });

  it('with the mark that nobody sets', () => {
    const files = { ...ruleWithoutMark.bad.files, 'rules.txt': '', 'routes.txt': ROUTES };
    const { packets, otherwise } = shownBy(ruleWithoutMark, {
      ...files,
      'rules.txt': RULES(
        '100:\tfrom all fwmark 0x1/0xff lookup 101',
        '101:\tfrom all fwmark 0x2/0xff lookup 102',
      ),
    });
    expect(rows(packets)).toEqual(['P1 0x0/0x0 wan0 via 192.0.2.1']);
    expect(rows(otherwise?.packets ?? [])).toEqual(['P1 0x2/0x0 wan1 via 198.51.100.1']);
  });

  it('with the steering rule above the others', () => {
    const { flow, packets, otherwise } = shownBy(steeringRuleShadowed);
    const exits = (some: readonly FlowPacket[] = []) => some.map(({ name, exit }) => `${name} ${exit}`);
    expect(flow).toMatchObject({ in: 'lan0', source: '172.17.0.25', destinationPort: 25 });
    expect(exits(packets)).toEqual([
      'P1 wan0 via 192.0.2.1',
      'P1b wan0 via 192.0.2.1',
      'R lan0',
      'P3 wan0 via 192.0.2.1',
    ]);
    expect(exits(otherwise?.packets)[0]).toBe('P1 wan1 via 198.51.100.1');
  });
});

describe('marks are shown before and after', () => {
  it('of a save and a restore under other masks', () => {
    const marks = rows(shownBy(maskMismatch).packets).map((row) => row.split(' ').slice(0, 2).join(' '));
    expect(marks).toEqual(['P1 0x12/0x12', 'R 0x2/0x2', 'P3 0x2/0x2']);
  });

  it('of bits that are flipped, not cleared', () => {
    const rules = MANGLE(
      '-A PREROUTING -i lan0 -j MARK --set-xmark 0x11/0xff',
      '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xff',
      '-A PREROUTING -i lan0 -j CONNMARK --set-xmark 0x10/0xff',
    );
    const { packets } = shownBy(maskMismatch, { 'rules.v4': rules });
    expect(rows(packets)[0]).toMatch(/^P1 0x10\/0x10/);
    expect(rows(packets)[1]).toMatch(/^P1b 0x0\/0x10/);
  });

  it('of a mark that a rule asks for in vain', () => {
    const { flow, packets } = shownBy(markValueOutsideMask);
    expect(flow.mark).toBe(0x100);
    expect(packets[0]?.exit).not.toContain('dropped');
  });

  it("of another program's bits that are gone", () => {
    const { packets } = shownBy(foreignBitsClobbered);
    expect(packets[0]?.mark).toBe(1);
  });

  it('of a mark that no policy rule asks for', () => {
    const files = { ...markWithoutRule.bad.files, 'routes.txt': ROUTES };
    const listing = RULES(
      '100:\tfrom all fwmark 0x1/0xff lookup 101',
      '101:\tfrom all fwmark 0x2/0xff lookup 102',
    );
    const { packets } = shownBy(markWithoutRule, { ...files, 'rules.txt': listing });
    expect(rows(packets)[0]).toBe('P1 0x3/0x0 wan0 via 192.0.2.1');
  });

  it('of a whole word that other bits stand beside', () => {
    const listing = RULES('100:\tfrom all fwmark 0x1 lookup 102');
    const files = { ...unmaskedFwmarkRule.bad.files, 'rules.txt': listing, 'routes.txt': ROUTES };
    expect(rows(shownBy(unmaskedFwmarkRule, files).packets)[0]).toBe('P1 0x101/0x0 wan0 via 192.0.2.1');
  });

  it('of a connection that is never given the mark', () => {
    const { packets } = shownBy(restoreNeverFed);
    expect(packets.map(({ connmark }) => connmark)).toEqual(packets.map(() => 0));
  });

  it('of a rule that stands before the connection is known', () => {
    const { packets } = shownBy(connmarkWithoutConntrack);
    expect(packets.find(({ name }) => name === 'P3')?.connmark).toBe(0);
  });
});

describe('the way out is shown', () => {
  it("of a program's packet that another's rule takes", () => {
    const { 'rules.txt': _, ...files } = markOverlap.bad.files;
    const listing = RULES(
      '90:\tfrom all fwmark 0x10000/0xff0000 lookup 102',
      '105:\tfrom all lookup main suppress_prefixlength 0',
      '110:\tnot from all fwmark 0x1bd00 lookup 7120',
    );
    const { flow, packets } = shownBy(markOverlap, { ...files, 'rules.txt': listing, 'routes.txt': ROUTES });
    expect(flow).toMatchObject({ mark: 0x1bd00 });
    expect(flow).not.toHaveProperty('in');
    expect(rows(packets)).toEqual(['P1 0x1bd00/0x0 wan1 via 198.51.100.1']);
  });

  it('past the second of two defaults', () => {
    const files = {
      'rules.txt': RULES(),
      'routes.txt': `${ROUTES}default via 198.51.100.1 dev wan1\n`,
    };
    expect(rows(shownBy(defaultByTwoWans, files).packets)).toEqual(['P1 0x0/0x0 wan0 via 192.0.2.1']);
  });

  it('of what a site’s own programs send with the source of another WAN', () => {
    const files = {
      'polywan.yaml':
        'version: 1\nlan: [lan0]\nlocal_traffic: all\npolicies:\n  all: { members: [{ wan: fiber }, { wan: cable }] }\n',
      'profiles/fiber.yaml': FIBER,
      'profiles/cable.yaml': CABLE.replace('masquerade: ipv4', 'masquerade: no'),
    };
    const { flow, packets } = shownBy(wanWithoutNat, files);
    expect(flow).not.toHaveProperty('in');
    expect(packets[0]?.exit).toBe('wan1 via 198.51.100.1');
  });

  it('as far as it is known', () => {
    expect(rows(shownBy(unknownTarget).packets)).toEqual([
      'P1 0x0/0x0 unknown: what IPMARK does is not known',
    ]);
  });

  it('past both front ends', () => {
    expect(rows(shownBy(bothFrontendsLoaded).packets)).toHaveLength(1);
  });
});

it('what had to be taken as so for a flow is said', () => {
  const [found] = findings(unreachableRule, unreachableRule.bad.files);
  expect(found?.assumed).toEqual([
    'no routes were given: what is for the internet is taken to leave by wan0',
  ]);
});

it('of a ruleset with thousands of faults the first ones are shown, as many as its length leaves room for', () => {
  const dead = Array.from({ length: 3000 }, (_, at) => {
    const source = `10.${at >> 8}.${at & 255}.1/32`;
    return `-A FORWARD -s ${source} -j ACCEPT\n-A FORWARD -s ${source} -p tcp -m tcp --dport 22 -j DROP`;
  });
  const found = findings(unreachableRule, {
    'rules.v4': `*filter\n:FORWARD ACCEPT [0:0]\n${dead.join('\n')}\nCOMMIT\n`,
  });
  const withFlow = found.filter(({ flow }) => flow !== undefined).length;
  expect(found).toHaveLength(3000);
  expect(withFlow).toBeGreaterThan(10);
  expect(withFlow).toBeLessThan(500);
});
