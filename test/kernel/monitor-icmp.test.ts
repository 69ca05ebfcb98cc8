import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MonitorLab, monitorLab } from './monitor/monitor-lab.ts';
import { monitorSite } from './monitor/site.ts';
import { INTERNET } from './packets/topology.ts';

/** A provider that refuses in the words of ICMP, instead of keeping silent. */
function rejecting(words: string): string {
  return `table inet refusing {
chain forward {
type filter hook forward priority filter
reject with ${words}
}
}
`;
}

/** A WAN whose only probe is one that connects. */
describe('a provider that answers every connection with', () => {
  let running: MonitorLab;
  beforeAll(async () => {
    running = await monitorLab('nftables');
  });
  afterAll(() => running?.end());

  it.each([
    [`${INTERNET[0]}:443`, 'icmp type net-unreachable'],
    [`${INTERNET[0]}:443`, 'icmp type prot-unreachable'],
    [`[${INTERNET[1]}]:443`, 'icmpv6 type no-route'],
    [`[${INTERNET[1]}]:443`, 'icmpv6 type admin-prohibited'],
  ])('is down, and stays so until it answers (%s, %s)', async (target, words) => {
    const { lab } = running;
    const files = monitorSite('nftables');
    const fiber = `${files['fiber.yaml']}`.replace(/^probes: .*$/m, `probes: [{ tcp: "${target}" }]`);
    running.write({ ...files, 'fiber.yaml': fiber });
    if (running.pid() === undefined) await running.startDaemon();
    else await running.reload();
    await running.statusWhen(({ wans }) => wans[0]?.health === 'up' && wans[0].probes[0]?.verdict === 'well');
    const from = running.said().length;
    await lab.exec('isp fiber', 'nft', ['-f', '-'], { input: rejecting(words) });
    await running.until(/WAN fiber: up → down \(upstream\)/, from);
    await lab.exec('isp fiber', 'nft', ['delete', 'table', 'inet', 'refusing']);
    expect(await running.until(/WAN fiber: \S+ → up/, from)).not.toContain('unknown');
  });
});
