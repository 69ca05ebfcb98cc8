import { describe, expect, it } from 'vitest';
import { markNotSaved } from '../../../../src/lint/checks/mark-not-saved.ts';
import { replyOverwritesMark } from '../../../../src/lint/checks/reply-overwrites-mark.ts';
import { rerollWhileNew } from '../../../../src/lint/checks/reroll-while-new.ts';
import { findings } from '../machine-of.ts';
import { defects, mangle, NAT, onRouter, ROUTES, RULES } from './defects.ts';

const RESTORE = '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
const OUT = '-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
const NEW = '-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff';
const save = (chain: string, mask = '0xff') =>
  `-A ${chain} -j CONNMARK --save-mark --nfmask ${mask} --ctmask ${mask}`;

describe('a mark that is not saved', () => {
  it.each([
    ['nothing saves', [RESTORE, NEW, OUT], 'mark-not-saved at PREROUTING 2'],
    ['neither saved nor restored', [NEW], 'mark-not-saved at PREROUTING 1'],
    ['another mask', [RESTORE, NEW, save('PREROUTING', '0x1')], 'mark-not-saved at PREROUTING 3'],
    ['the save stands before', [RESTORE, save('PREROUTING'), NEW], 'mark-not-saved at PREROUTING 3'],
    [
      'the save is for others',
      [RESTORE, NEW, `${save('PREROUTING')} -i wan0`],
      'mark-not-saved at PREROUTING 2',
    ],
    ['in INPUT', [RESTORE, NEW, save('INPUT')], 'save-in-wrong-hook at INPUT 1'],
    ['in OUTPUT', [RESTORE, NEW, save('OUTPUT')], 'save-in-wrong-hook at OUTPUT 1'],
  ])('%s', (_name, lines, expected) => {
    expect(onRouter(...lines)).toEqual([expected]);
  });
});

it('the cure of a mark that is neither saved nor restored is both, and no edit of the one', () => {
  const files = (...lines: string[]) => ({
    'rules.v4': mangle(...lines) + NAT,
    'rules.txt': RULES,
    'routes.txt': ROUTES,
  });
  const [found] = findings(markNotSaved, files(NEW));
  const [restore = '', saved = ''] = found?.cure?.split('\n').filter((line) => line.startsWith('-A ')) ?? [];
  expect(onRouter(restore, NEW, saved, OUT)).toEqual([]);
  expect(found?.fix).toBeUndefined();
  // What is restored already has a cure that is certain.
  expect(findings(markNotSaved, files(RESTORE, NEW))[0]?.fix).toHaveLength(1);
});

describe('a mark that is not restored where it can route', () => {
  it.each([
    ['in FORWARD', ['-A FORWARD -j CONNMARK --restore-mark', NEW, save('PREROUTING')], 'FORWARD 1'],
    [
      'in POSTROUTING',
      ['-A POSTROUTING -j CONNMARK --restore-mark', NEW, save('PREROUTING')],
      'POSTROUTING 1',
    ],
  ])('%s', (_name, lines, place) => {
    expect(onRouter(...lines)).toContain(`restore-in-wrong-hook at ${place}`);
  });
});

it('a restore behind routing is told once, not the save that clears what it would have restored', () => {
  const found = onRouter('-A FORWARD -j CONNMARK --restore-mark', NEW, `${save('PREROUTING')} -i lan0`);
  expect(found).toEqual(['restore-in-wrong-hook at FORWARD 1']);
});

it('a reply of a host inside that outside reaches is told where only a restored mark could lead it back', () => {
  const marked = [
    '-A PREROUTING -i wan1 -m conntrack --ctstate NEW -j MARK --set-xmark 0x1/0xff',
    `${save('PREROUTING')} -i wan1`,
    OUT,
  ];
  const found = (network: string, ...lines: string[]) =>
    defects({
      'rules.v4': mangle(...lines) + NAT,
      'rules.txt': RULES,
      'routes.txt': ROUTES.replaceAll('192.168.1.', network),
    });
  expect(found('198.18.7.', ...marked)).toEqual(['restore-in-wrong-hook at PREROUTING 1']);
  expect(found('198.18.7.', RESTORE, ...marked)).toEqual([]);
  // Nobody outside sends to a private address.
  expect(found('192.168.1.', ...marked)).toEqual([]);
});

it('a save before the restore clears the mark with the reply, which is told at the save', () => {
  expect(onRouter(NEW, save('PREROUTING'), RESTORE)).toEqual(['reply-overwrites-mark at PREROUTING 2']);
  const [found] = findings(replyOverwritesMark, {
    'rules.v4': mangle(NEW, save('PREROUTING'), RESTORE) + NAT,
    'rules.txt': RULES,
    'routes.txt': ROUTES,
  });
  expect(found?.message).toContain('this save stands before the restore');
  const [, cured = ''] = found?.cure?.split('\n') ?? [];
  expect(onRouter(NEW, cured, RESTORE, OUT)).toEqual([]);
});

it('a choice by chance for NEW packets is made again until there is a reply', () => {
  const choose = (guard: string) => [
    RESTORE,
    `-A PREROUTING -i lan0 -m conntrack --ctstate NEW${guard} -j CHOOSE`,
    save('PREROUTING'),
    '-A CHOOSE -j MARK --set-xmark 0x1/0xff',
    '-A CHOOSE -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x2/0xff',
    OUT,
  ];
  expect(onRouter(...choose(''))).toContain('reroll-while-new at CHOOSE 2');
  expect(onRouter(...choose(' -m connmark --mark 0x0/0xff'))).toEqual([]);
});

describe('the cure of a choice that is made anew', () => {
  const GUARD = ' -m connmark --mark 0x0/0xff';
  const files = { 'rules.txt': RULES, 'routes.txt': ROUTES };
  const curesOf = (...lines: string[]) =>
    findings(rerollWhileNew, { ...files, 'rules.v4': mangle(...lines) + NAT }).map(({ cure }) =>
      cure?.split('\n').slice(1),
    );

  it('asks at the jump, and restores first where that is done for known connections alone', () => {
    const known = RESTORE.replace('PREROUTING', 'PREROUTING -m conntrack --ctstate ESTABLISHED');
    const jumps = (guard: string) => [
      `-A CHOOSE -m statistic --mode random --probability 0.5${guard} -g ONE`,
      `-A CHOOSE${guard} -j TWO`,
    ];
    const lines = (first: readonly string[], guard: string) => [
      ...first,
      known,
      '-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j CHOOSE',
      ...jumps(guard),
      ...['ONE', 'TWO'].map((chain, at) => `-A ${chain} -j MARK --set-xmark 0x${at + 1}/0xff`),
      save('ONE'),
      save('TWO'),
      OUT,
    ];
    expect(curesOf(...lines([], ''))).toEqual(jumps(GUARD).map((jump) => [RESTORE, jump]));
    expect(onRouter(...lines([], GUARD))).not.toEqual([]);
    expect(onRouter(...lines([RESTORE], GUARD))).toEqual([]);
  });

  it('asks before the first of several rules that give a mark, and lets both be chosen', () => {
    const choice = (chain: string, asks: string) => [
      `-A ${chain}${asks} -j CONNMARK --set-xmark 0x1/0xff`,
      `-A ${chain}${asks} -m statistic --mode random --probability 0.5 -j CONNMARK --set-xmark 0x2/0xff`,
    ];
    const fresh = ' -i lan0 -m conntrack --ctstate NEW';
    const pass = '-A PREROUTING -m connmark ! --mark 0x0/0xff -j RETURN';
    const flat = choice('PREROUTING', fresh);
    expect(curesOf(...flat, RESTORE, OUT)).toContainEqual([RESTORE, pass]);
    expect(onRouter(RESTORE, pass, ...flat, RESTORE, OUT)).toEqual([]);
    const chain = (guard: string) => [
      `-A PREROUTING${fresh}${guard} -j CHOOSE`,
      RESTORE,
      ...choice('CHOOSE', ''),
      OUT,
    ];
    expect(curesOf(...chain(''))).toContainEqual([chain(GUARD)[0]]);
    expect(onRouter(...chain(GUARD))).toEqual([]);
  });

  it('asks within a chain that restores itself', () => {
    const pass = '-A CHOOSE -m connmark ! --mark 0x0/0xff -j RETURN';
    const lines = (...asked: string[]) => [
      '-A PREROUTING -i lan0 -j CHOOSE',
      RESTORE.replace('PREROUTING', 'CHOOSE'),
      ...asked,
      '-A CHOOSE -m conntrack --ctstate NEW -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x2/0xff',
      '-A CHOOSE -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff',
      save('CHOOSE'),
      OUT,
    ];
    expect(curesOf(...lines())).toEqual([[RESTORE, pass]]);
    expect(onRouter(...lines(pass))).toEqual([]);
  });
});

it('to ask whether the connection has a mark is no cure where its first packet came by without one', () => {
  const lines = [
    RESTORE,
    '-A PREROUTING -m string --string abc --algo bm -j RETURN',
    '-A PREROUTING -i lan0 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x2/0xff',
    save('PREROUTING'),
    OUT,
  ];
  expect(onRouter(...lines)).toEqual(['reroll-while-new at PREROUTING 3']);
  const [found] = findings(rerollWhileNew, {
    'rules.v4': mangle(...lines) + NAT,
    'rules.txt': RULES,
    'routes.txt': ROUTES,
  });
  expect(found?.message).toMatch(/^this rule marks a connection whose first packet had no mark: /);
  expect(found?.cure).toMatch(/^mark the first packet as well/);
});

it('a reply that comes in by an interface with another mark moves its connection', () => {
  const lines = (guard: string) => [
    RESTORE,
    '-A PREROUTING -i lan0 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x2/0xff',
    `-A PREROUTING -i wan2 ${guard}-j MARK --set-xmark 0x1/0xff`,
    save('PREROUTING'),
    OUT,
  ];
  expect(onRouter(...lines(''))).toContain('reply-overwrites-mark at PREROUTING 4');
  expect(onRouter(...lines('-m conntrack --ctstate NEW '))).not.toContain(
    'reply-overwrites-mark at PREROUTING 4',
  );
});

describe('a mark after routing', () => {
  it('in FORWARD and saved: the packets after the first leave elsewhere', () => {
    const lines = [RESTORE, '-A FORWARD -i lan0 -j MARK --set-xmark 0x2/0xff', save('FORWARD'), OUT];
    expect(onRouter(...lines)).toEqual(['mark-after-routing at FORWARD 1']);
  });

  it('in POSTROUTING and never saved: it leads nowhere', () => {
    expect(onRouter('-A POSTROUTING -o wan0 -j MARK --set-xmark 0x2/0xff')).toEqual([
      'mark-after-routing at POSTROUTING 1',
    ]);
  });

  it('a flag that a later rule asks for is none', () => {
    const files = {
      'rules.v4': `${mangle('-A FORWARD -i lan0 -j MARK --set-xmark 0x2/0xff')}*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -m mark --mark 0x2/0xff -j MASQUERADE\nCOMMIT\n`,
      'rules.txt': RULES,
      'routes.txt': ROUTES,
    };
    expect(defects(files)).toEqual([]);
  });
});

describe('connections to the router', () => {
  const inbound = [
    RESTORE,
    '-A PREROUTING -i wan1 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff',
    save('PREROUTING'),
  ];

  it('its answers need a restore in OUTPUT', () => {
    expect(onRouter(...inbound)).toEqual(['local-reply-loses-mark at PREROUTING 2']);
    expect(onRouter(...inbound, OUT)).toEqual([]);
  });

  it('is asked of a port that is not forwarded', () => {
    const entry = '-A PREROUTING -i wan1 -j CONNMARK --set-xmark 0x1/0xff';
    const restore = '-A PREROUTING -i lan0 -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
    const forward =
      '-A PREROUTING -i wan+ -p tcp -m multiport --dports 22,443 -j DNAT --to-destination 192.168.1.80';
    const find = (...lines: readonly string[]) =>
      defects({
        'rules.v4': mangle(entry, restore, ...lines) + NAT.replace('-A POST', `${forward}\n-A POST`),
        'rules.txt': RULES,
        'routes.txt': ROUTES,
      });
    expect(find()).toEqual(['local-reply-loses-mark at PREROUTING 1']);
    expect(find('-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff')).toEqual([]);
  });

  it('or a policy rule by the address', () => {
    const rules = RULES.replace('101:', '95:\tfrom 198.51.100.2 lookup 101\n101:');
    expect(
      defects({ 'rules.v4': mangle(...inbound) + NAT, 'rules.txt': rules, 'routes.txt': ROUTES }),
    ).toEqual([]);
  });

  it('without routes nobody says that they go astray', () => {
    expect(defects({ 'rules.v4': mangle(...inbound) + NAT, 'rules.txt': RULES })).toEqual([]);
  });
});

it('a save in raw has no connection to save to', () => {
  const raw = `*raw\n:PREROUTING ACCEPT [0:0]\n${NEW.replace(' -m conntrack --ctstate NEW', '')} -m connmark --mark 0x0/0xff\nCOMMIT\n`;
  const save0 = `*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i lan0 -j CONNMARK --save-mark\nCOMMIT\n`;
  const files = { 'rules.v4': save0 + mangle(RESTORE, NEW) + NAT, 'rules.txt': RULES, 'routes.txt': ROUTES };
  expect(defects(files)).toEqual(['connmark-without-conntrack at PREROUTING 1']);
  expect(raw).toContain('connmark');
});

it('IPv6 is followed by its own rules', () => {
  const rules = mangle(
    '-A PREROUTING -j CONNMARK --restore-mark',
    '-A PREROUTING -s 2001:db8:1::/48 -j MARK --set-xmark 0x2/0xff',
    '-A PREROUTING -s 2001:db8:1::/48 -j ACCEPT',
    '-A PREROUTING -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff',
    '-A PREROUTING -j CONNMARK --save-mark',
  );
  const guarded = rules.replace(
    '-A PREROUTING -s',
    '-A PREROUTING -m mark ! --mark 0x0/0xff -j ACCEPT\n-A PREROUTING -s',
  );
  expect(defects({ 'rules.v6': guarded })).toEqual(['accept-before-save at PREROUTING 4']);
});

it('a mark that is set on the connection behind the restore is to be set on the packet as well', () => {
  const set =
    '-A PREROUTING -i lan0 -s 192.168.1.20/32 -m conntrack --ctstate NEW -j CONNMARK --set-xmark 0x2/0xff';
  const files = { 'rules.txt': RULES, 'routes.txt': ROUTES };
  const [found] = findings(rerollWhileNew, { ...files, 'rules.v4': mangle(RESTORE, set) + NAT });
  expect(found?.message).toMatch(/^this rule restores a mark that the first packet was not routed by/);
  expect(found?.cure).toMatch(/^set the mark of the packet together with that of the connection/);
  const cured = mangle(RESTORE, set, set.replace('CONNMARK', 'MARK')) + NAT;
  expect(findings(rerollWhileNew, { ...files, 'rules.v4': cured })).toEqual([]);
});
