import { describe, expect, it } from 'vitest';
import { sendFlow } from '../../../src/lab/send-flow.ts';
import type { Running } from './packet-suite.ts';
import { CLIENT, INTERNET } from './topology.ts';

/** Another program marks packets and connections in its own bits before polywan sees them, and looks at the way out. */
const FOREIGN_MARKS = `table inet foreign {
counter kept {}
counter lost {}
chain before {
type filter hook prerouting priority mangle - 5; policy accept;
iifname "lan0" meta mark set meta mark or 0x00aa0000
iifname "lan0" ct mark set ct mark or 0x00550000
}
chain after {
type filter hook postrouting priority srcnat + 50; policy accept;
iifname "lan0" meta mark and 0x00ffffff == 0x00aa0000 meta mark and 0xff000000 != 0 ct mark and 0x00ffffff == 0x00550000 ct mark and 0xff000000 != 0 counter name kept accept
iifname "lan0" counter name lost
}
}
`;

const FOREIGN_MASQUERADE = `table inet foreign {
chain translate {
type nat hook postrouting priority srcnat + 10; policy accept;
masquerade
}
}
`;

/** What polywan must do beside other programs' rules. */
export function neighbourTests(running: Running): void {
  describe('beside other programs', () => {
    it.each([
      ['ipv4', CLIENT[0], INTERNET[0]],
      ['ipv6', CLIENT[1], INTERNET[1]],
    ] as const)(
      'leaves their mark bits on packets and connections of %s',
      async (family, source, destination) => {
        const { lab, nft, sh } = running();
        await nft(FOREIGN_MARKS);
        const flow = { family, in: 'lan0', source, destination, protocol: 'tcp', destinationPort: 443 };
        const seen = await sendFlow(lab, flow, { count: 20, timeoutMs: 5000 });
        const counters = await sh('nft list counters table inet foreign');
        const entries = await sh(`conntrack -L -f ${family} -p tcp --orig-src ${source} --dport 443`);
        await nft('delete table inet foreign');
        expect(seen.failures).toEqual([]);
        const [kept, lost] = [...counters.matchAll(/packets (\d+)/g)].map(([, packets]) => Number(packets));
        expect(kept).toBeGreaterThan(20);
        expect(lost).toBe(0);
        const marks = [...entries.matchAll(/ mark=(\d+)/g)].map(([, mark]) => Number(mark));
        const marked = marks.filter((mark) => (mark & 0x00ffffff) === 0x00550000 && mark >>> 24 !== 0);
        expect(marked.length).toBeGreaterThanOrEqual(20);
      },
    );

    it.each(['127.0.0.1', '::1'])(
      'keeps a notracked pair on %s untracked and untranslated',
      async (address) => {
        const { lab, nft, sh } = running();
        await nft(FOREIGN_MASQUERADE);
        const router = lab.agent('router');
        await router.ask({ op: 'listen', protocol: 'udp', at: { address, port: 40_427 }, via: 'proxy' });
        const ask = { count: 5, intervalMs: 5, waitMs: 5000, silent: false, tag: '' };
        const from = { address, port: 40_999 };
        const answers = await router.ask({ op: 'datagrams', to: { address, port: 40_427 }, from, ...ask });
        const entries = await sh('conntrack -L -p udp; conntrack -L -f ipv6 -p udp');
        await nft('delete table inet foreign');
        expect(answers).toEqual(
          Array.from({ length: 5 }, () => ({ outcome: 'answered', via: 'proxy', peer: address })),
        );
        expect(entries).not.toContain('port=40427');
      },
    );
  });
}
