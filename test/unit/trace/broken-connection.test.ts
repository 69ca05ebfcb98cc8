import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../src/trace/flow.ts';
import { exits, LAN_FLOW, packetOf, router, trace } from './router.ts';

/** kernel-facts 6.2: restore, mark, ACCEPT before the save. wan0 is 0x30, wan1 is 0x36. */
function ruleset(accept: boolean): string {
  return `*mangle
:PREROUTING ACCEPT [0:0]
:OPTIMIZED - [0:0]
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0 -j ACCEPT
-A PREROUTING -i lan0 -j OPTIMIZED
-A PREROUTING -m mark --mark 0 -j MARK --set-mark 0x30
-A PREROUTING -j CONNMARK --save-mark
-A OPTIMIZED -d 192.0.2.0/24 -j MARK --set-mark 0x36
${accept ? '-A OPTIMIZED -d 192.0.2.0/24 -j ACCEPT' : ''}
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan+ -j MASQUERADE
COMMIT
`;
}

function broken(accept: boolean) {
  return router({
    iptables: ruleset(accept),
    rules: [
      '90: from all lookup 254 suppress_prefixlength 0',
      '100: from all fwmark 0x30 lookup 30',
      '101: from all fwmark 0x36 lookup 36',
    ],
    routes: ['default via 198.51.100.1 dev wan0 table 30', 'default via 203.0.113.1 dev wan1 table 36'],
  });
}

describe('an ACCEPT before the save', () => {
  const result = trace(broken(true), LAN_FLOW);

  it('sends the first packet by one WAN, and the one after the reply by the other', () => {
    expect(exits(result).slice(0, 3)).toEqual(['P1 wan1', 'P1b wan1', 'R lan0']);
    const third = packetOf(result, 'P3');
    expect(third.steps.find((step) => step.kind === 'oif-changed')).toEqual({
      kind: 'oif-changed',
      from: 'wan1',
      to: 'wan0',
    });
    expect(third.disposition.kind).toBe('dropped');
  });

  it('names the ACCEPT as the cause', () => {
    const cause = result.paths[0]?.cause;
    if (cause?.kind !== 'rule') throw new Error('no rule');
    expect([cause.rule.chain, cause.rule.index, cause.verdict]).toEqual(['OPTIMIZED', 1, 'accept']);
    const { span } = cause.rule;
    if (span === undefined) throw new Error('no span');
    expect(ruleset(true).slice(span.start, span.end)).toBe('-A OPTIMIZED -d 192.0.2.0/24 -j ACCEPT');
  });

  it('carries the marks of every step', () => {
    const first = packetOf(result, 'P1');
    const marks = first.steps.flatMap((step) =>
      step.kind === 'rule' ? [`${step.rule.chain} ${step.mark}`] : [],
    );
    expect(marks).toEqual([
      'PREROUTING 0,0',
      'PREROUTING 0,0',
      'OPTIMIZED 0,54',
      'OPTIMIZED 54,54',
      'POSTROUTING 54,54',
    ]);
    expect([first.end.mark, first.end.connmark]).toEqual([0x36, 0]);
    const reply = packetOf(result, 'R');
    expect([reply.end.mark, reply.end.connmark]).toEqual([0x30, 0x30]);
  });

  it('says so in one sentence', () => {
    expect(result.summary).toBe(
      'leaves by wan1 as 203.0.113.2, but the first packet after the reply is dropped (masqueraded by wan1, but ' +
        'would leave by wan0: connection destroyed)',
    );
  });
});

describe('the same without the ACCEPT', () => {
  it('stays with its WAN', () => {
    const result = trace(broken(false), LAN_FLOW);
    expect(exits(result)).toEqual(['P1 wan1', 'P1b wan1', 'R lan0', 'P3 wan1', 'E lan0']);
    expect(result.paths[0]?.outcome).toBe('stays');
    expect(result.summary).toBe('leaves by wan1 as 203.0.113.2, stays there; replies return by wan1');
  });
});

describe('a forwarded port that leads back into the network it is asked from', () => {
  const flow: Flow = { ...LAN_FLOW, destination: '198.51.100.2', destinationPort: 80 };
  const dnat = '-A PREROUTING -d 198.51.100.2/32 -p tcp -j DNAT --to-destination 192.168.1.20';
  const ruleset = (...postrouting: readonly string[]) =>
    router({
      iptables: `*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${[dnat, ...postrouting].join('\n')}\nCOMMIT\n`,
    });

  it('is never open where the server answers the client directly', () => {
    const result = trace(ruleset('-A POSTROUTING -o wan0 -j MASQUERADE'), flow);
    expect(result.paths[0]?.outcome).toBe('broken');
    expect(result.summary).toBe(
      'goes to 192.168.1.20 by lan0, but the reply is lost (192.168.1.20 answers 192.168.1.10 directly, past this router, and 192.168.1.10 does not know it: masquerade what leaves by lan0 for 192.168.1.20)',
    );
  });

  it('is where what goes back is masqueraded, or asked from elsewhere', () => {
    const masquerade = '-A POSTROUTING -o lan0 -j MASQUERADE';
    expect(trace(ruleset(masquerade), flow).paths[0]?.outcome).toBe('stays');
    const outside = { ...flow, in: 'wan0', source: '192.0.2.9' };
    expect(trace(ruleset(), outside).paths[0]?.outcome).toBe('stays');
  });
});
