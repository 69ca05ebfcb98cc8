import { describe, expect, it } from 'vitest';
import { nftTable, setMark } from './ipv6-router.ts';
import { LAN_FLOW, router, trace } from './router.ts';

const mangle = (rule: string) => `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${rule}\nCOMMIT\n`;

const TCP = { match: { op: '==', left: { meta: { key: 'l4proto' } }, right: 'tcp' } };

/** The marks that the first packet can have at its end, with what each takes. */
function marks(parts: Parameters<typeof router>[0]): readonly string[] {
  return trace(router(parts), LAN_FLOW)
    .paths.map(({ packets: [first], conditions }) =>
      [first?.end.mark, ...conditions.map(({ text }) => text)].join(': '),
    )
    .sort();
}

describe('chains of one hook and priority', () => {
  const tables = nftTable('ip', 'prerouting', TCP, setMark(5));

  it('run in either order where they are of different front ends: nobody knows which was loaded first', () => {
    const own = 'nft ip';
    for (const frontend of ['iptables', 'legacy'] as const) {
      const other = `iptables-${frontend === 'legacy' ? 'legacy' : 'nft'} mangle PREROUTING`;
      const found = marks({ tables, [frontend]: mangle('-i lan0 -j MARK --set-mark 0x10') });
      expect(found).toHaveLength(2);
      expect(found[0]).toMatch(
        new RegExp(`^16: ${own} .* was loaded after ${other}, and so runs before it$`),
      );
      expect(found[1]).toMatch(new RegExp(`^5: ${other} was loaded after ${own} .*, and so runs before it$`));
    }
  });

  it('are one way where the order makes no difference', () => {
    expect(marks({ tables, iptables: mangle('-i wan1 -j MARK --set-mark 0x10') })).toEqual(['5']);
    expect(marks({ tables, iptables: mangle('-j ACCEPT') })).toEqual(['5']);
    expect(marks({ tables, iptables: '*mangle\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n' })).toEqual(['5']);
  });

  it('of three front ends run in each of six orders, of which the last one decides', () => {
    const found = marks({
      tables,
      iptables: mangle('-j MARK --set-mark 0x10'),
      legacy: mangle('-j MARK --set-mark 0x20'),
    });
    expect(new Set(found.map((each) => each.split(':')[0]))).toEqual(new Set(['5', '16', '32']));
  });
});
