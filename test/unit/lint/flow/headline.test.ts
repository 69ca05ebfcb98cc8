import { describe, expect, it } from 'vitest';
import { alone, defects, mangle, NAT, ROUTES, RULES } from './defects.ts';

/** Main's default is by wan1, too: what has no mark and what has 0x1 leave alike. */
function onRouter(...lines: string[]): readonly string[] {
  const routes = ROUTES.replace('default via 192.0.2.1 dev wan0', 'default via 198.51.100.1 dev wan1');
  return defects({ 'rules.v4': mangle(...lines) + NAT, 'rules.txt': RULES, 'routes.txt': routes });
}

const RESTORE = '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
const SAVE = '-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff';
const GUARD = '-A PREROUTING -m mark ! --mark 0x0/0xff -j ACCEPT';
// The router’s own connections have no mark, and must not get their replies’ one.
const OUT = '-A OUTPUT -m conntrack --ctdir REPLY -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
const ONE = '-A ONE -s 192.168.1.20/32 -j MARK --set-xmark 0x2/0xff';
const REST = '-A PREROUTING -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff';

const BOTH = [
  ['with policy rules and routes', onRouter],
  ['from the ruleset alone', alone],
] as const;

describe.each(BOTH)('leaving before the save, %s', (_name, find) => {
  it('ACCEPT in the chain that marks', () => {
    expect(
      find(
        RESTORE,
        GUARD,
        '-A PREROUTING -j ONE',
        REST,
        SAVE,
        ONE,
        '-A ONE -m mark --mark 0x2/0xff -j ACCEPT',
        OUT,
      ),
    ).toEqual(['accept-before-save at ONE 2']);
  });

  it('ACCEPT before a rule of the same chain that would mark the packet otherwise', () => {
    expect(
      find(
        RESTORE,
        GUARD,
        '-A PREROUTING -i lan0 -j ONE',
        SAVE,
        '-A ONE -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x2/0xff',
        '-A ONE -m mark --mark 0x2/0xff -j ACCEPT',
        '-A ONE -j MARK --set-xmark 0x1/0xff',
        OUT,
      ),
    ).toEqual(['accept-before-save at ONE 2']);
  });

  it.each(['NFQUEUE --queue-num 0 --queue-bypass', 'QUEUE'])(
    '%s lets packets through behind the table, not to the next rule',
    (target) => {
      const leave = `-A PREROUTING -p tcp -m tcp --dport 443 -j ${target}`;
      expect(find(RESTORE, GUARD, '-A PREROUTING -j ONE', leave, REST, SAVE, ONE, OUT)).toEqual([
        'accept-before-save at PREROUTING 4',
      ]);
    },
  );

  it.each(['ACCEPT', 'RETURN', 'NFQUEUE --queue-num 0'])(
    '%s behind a mark, before a rule that marks whatever comes by',
    (verdict) => {
      const one = '-A PREROUTING -s 192.168.1.20/32';
      const rest = '-A PREROUTING -j MARK --set-xmark 0x1/0xff';
      expect(
        find(RESTORE, GUARD, `${one} -j MARK --set-xmark 0x2/0xff`, `${one} -j ${verdict}`, rest, SAVE, OUT),
      ).toEqual(['accept-before-save at PREROUTING 4']);
    },
  );

  it('a save behind such an ACCEPT that is not for these packets is not what is missed', () => {
    const one = '-A PREROUTING -i lan0 -s 192.168.1.20/32';
    const rest = '-A PREROUTING -j MARK --set-xmark 0x1/0xff';
    const save = SAVE.replace('PREROUTING', 'PREROUTING -m mark --mark 0x1/0xff');
    expect(
      find(RESTORE, GUARD, `${one} -j MARK --set-xmark 0x2/0xff`, `${one} -j ACCEPT`, rest, save, OUT),
    ).toEqual(['mark-not-saved at PREROUTING 3']);
  });

  it('packets that may leave unmarked by the same uplink hide no finding', () => {
    const found = find(
      RESTORE,
      GUARD,
      '-A PREROUTING -i lan0 -m string --string abc --algo bm -j RETURN',
      '-A PREROUTING -i lan0 -m limit --limit 1/s -j MARK --set-xmark 0x1/0xff',
      '-A PREROUTING -m mark --mark 0x1/0xff -j ACCEPT',
      '-A PREROUTING -i lan0 -j MARK --set-xmark 0x2/0xff',
      SAVE,
      OUT,
    );
    expect(found).toContain('accept-before-save at PREROUTING 5');
  });

  it('the same chain without it is right', () => {
    expect(find(RESTORE, GUARD, '-A PREROUTING -j ONE', REST, SAVE, ONE, OUT)).toEqual([]);
  });

  it('RETURN in the base chain ends it as well', () => {
    const found = find(
      RESTORE,
      GUARD,
      '-A PREROUTING -j ONE',
      '-A PREROUTING -m mark --mark 0x2/0xff -j RETURN',
      REST,
      SAVE,
      ONE,
      OUT,
    );
    expect(found).toEqual(['accept-before-save at PREROUTING 4']);
  });

  it('RETURN in a chain whose save is behind it', () => {
    const save = '-A ONE -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff';
    const leave = '-A ONE -s 192.168.1.20/32 -j RETURN';
    expect(
      find(
        RESTORE,
        GUARD,
        '-A PREROUTING -j ONE',
        '-A PREROUTING -m mark --mark 0x0/0xff -j TWO',
        ONE,
        leave,
        save,
        '-A TWO -j MARK --set-xmark 0x1/0xff',
        '-A TWO -j CONNMARK --set-xmark 0x1/0xff',
        OUT,
      ),
    ).toEqual(['accept-before-save at ONE 2']);
  });

  it('goto leads past the save of the caller', () => {
    const found = find(
      RESTORE,
      GUARD,
      '-A PREROUTING -s 192.168.1.20/32 -g ONE',
      REST,
      SAVE,
      '-A ONE -j MARK --set-xmark 0x2/0xff',
      OUT,
    );
    expect(found).toEqual(['accept-before-save at PREROUTING 3']);
  });

  it('two ACCEPTs in a row: the first is told', () => {
    const found = find(
      RESTORE,
      GUARD,
      '-A PREROUTING -j ONE',
      REST,
      SAVE,
      ONE,
      '-A ONE -s 192.168.1.20/32 -j ACCEPT',
      '-A ONE -s 192.168.1.20/32 -j ACCEPT',
      OUT,
    );
    expect(found).toEqual(['accept-before-save at ONE 2']);
  });
});

describe.each(BOTH)('what merely looks like it, %s', (_name, find) => {
  it('a save in a later hook', () => {
    const save = (chain: string) => `-A ${chain} -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff`;
    expect(
      find(
        RESTORE,
        GUARD,
        '-A PREROUTING -s 192.168.1.20/32 -j MARK --set-xmark 0x2/0xff',
        '-A PREROUTING -m mark --mark 0x2/0xff -j ACCEPT',
        save('INPUT'),
        save('POSTROUTING'),
        OUT,
      ),
    ).toEqual([]);
  });

  it('a mark that every packet gets again', () => {
    expect(
      find(
        '-A PREROUTING -s 192.168.1.20/32 -j MARK --set-xmark 0x2/0xff',
        '-A PREROUTING -s 192.168.1.20/32 -j ACCEPT',
      ),
    ).toEqual([]);
  });

  it('a mark for one packet behind the save', () => {
    expect(
      find(
        RESTORE,
        '-A PREROUTING -i lan0 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x2/0xff',
        SAVE,
        '-A PREROUTING -i lan0 -d 203.0.113.0/25 -j MARK --set-xmark 0x1/0xff',
        OUT,
      ),
    ).toEqual([]);
  });

  it('a mark that is set on the connection as well, before ACCEPT', () => {
    expect(
      find(
        RESTORE,
        GUARD,
        '-A PREROUTING -i lan0 -j CONNMARK --set-xmark 0x2/0xff',
        '-A PREROUTING -i lan0 -j MARK --set-xmark 0x2/0xff',
        '-A PREROUTING -i lan0 -j ACCEPT',
        OUT,
      ),
    ).toEqual([]);
  });
});

it('a mark that only the filter reads is no routing mark where nobody gives policy rules', () => {
  const rules = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m conntrack --ctstate NEW -j MARK --set-xmark 0x100/0x100
-A PREROUTING -m conntrack --ctstate NEW -j ACCEPT
COMMIT
*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -m mark --mark 0x100/0x100 -j DROP
COMMIT
`;
  expect(defects({ 'rules.v4': rules })).toEqual([]);
});

it('policy rules decide which bits route', () => {
  const lines = mangle(
    RESTORE,
    GUARD,
    '-A PREROUTING -j ONE',
    REST,
    SAVE,
    ONE,
    '-A ONE -m mark --mark 0x2/0xff -j ACCEPT',
    OUT,
  );
  const others = RULES.replace(/0x([12])\/0xff/g, '0x$10000/0xff0000');
  expect(defects({ 'rules.v4': lines + NAT, 'rules.txt': others, 'routes.txt': ROUTES })).toEqual([]);
});

it('a local default behind the mark (TPROXY) is no other WAN', () => {
  const rules = mangle(
    '-A PREROUTING -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j DIVERT',
    '-A PREROUTING -p tcp -j TPROXY --on-port 1080 --tproxy-mark 0x1/0xff',
    '-A PREROUTING -m mark --mark 0x1/0xff -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff',
    '-A DIVERT -j MARK --set-xmark 0x1/0xff',
    '-A DIVERT -j ACCEPT',
  );
  expect(defects({ 'rules.v4': rules })).toEqual([]);
});

it('left before the save and healed by the reply is told as that', () => {
  expect(
    onRouter(
      RESTORE,
      GUARD,
      '-A PREROUTING -i wan1 -j MARK --set-xmark 0x1/0xff',
      '-A PREROUTING -i wan2 -j MARK --set-xmark 0x2/0xff',
      '-A PREROUTING -i lan0 -j MARK --set-xmark 0x2/0xff',
      '-A PREROUTING -i lan0 -j ACCEPT',
      SAVE,
      OUT,
    ),
  ).toEqual(['left-unsaved at PREROUTING 6']);
});

it('with an uplink more than the replies are marked for it breaks', () => {
  expect(
    onRouter(
      RESTORE,
      GUARD,
      '-A PREROUTING ! -i lan0 -j MARK --set-xmark 0x1/0xff',
      '-A PREROUTING -i lan0 -j MARK --set-xmark 0x2/0xff',
      '-A PREROUTING -i lan0 -j ACCEPT',
      SAVE,
      OUT,
    ),
  ).toEqual(['accept-before-save at PREROUTING 5']);
});
