import type { Notrack, Site } from '../../config/site.ts';
import { meta, payload, string } from '../../kernel/expression.ts';
import type { Chain, Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { comment } from '../comment.ts';
import { go, interfaces, match, portExpression, rule } from '../words.ts';
import { baseChain, MANGLE } from './base-chains.ts';

/** nft's own number for priority `raw` (kernel-facts 1.1). */
const RAW = -300;

/** Loopback proxies: neither direction is tracked, so nothing marks or translates it. */
export function notrackChains(site: Site): readonly Chain[] {
  if (site.notrack.length === 0) return [];
  const chain = (hook: 'prerouting' | 'output', device: 'iifname' | 'oifname'): Chain => ({
    name: `notrack_${hook}`,
    base: baseChain('filter', hook, RAW),
    rules: site.notrack.flatMap((item) =>
      (['sport', 'dport'] as const).map((side) => notrackRule(item, device, side)),
    ),
  });
  return [chain('prerouting', 'iifname'), chain('output', 'oifname')];
}

function notrackRule(item: Notrack, device: string, side: 'sport' | 'dport'): Rule {
  return rule(
    comment('notrack', item.origin),
    match(meta(device), string('lo')),
    match(payload(item.protocol, side), portExpression(item.port)),
    { kind: 'notrack' },
  );
}

/** Shrinks the MSS of connections through these WANs to what the path to either end carries, in both directions. */
export function mssChains(site: Site): readonly Chain[] {
  const devices = [...new Set(site.wans.flatMap((wan) => (wan.mssClamp ? [wan.interface] : [])))];
  if (devices.length === 0) return [];
  const syn: Statement = match(
    { kind: 'binary', operator: '&', left: payload('tcp', 'flags'), right: flags('syn', 'rst') },
    string('syn'),
  );
  const clamp: Statement = {
    kind: 'set',
    target: { kind: 'tcp-option', name: 'maxseg', field: 'size' },
    value: { kind: 'rt', key: 'mtu' },
  };
  const say = comment('MSS follows the path', site.origins.site);
  const side = (key: 'iifname' | 'oifname'): Rule => rule(say, match(meta(key), interfaces(devices)), clamp);
  return [
    { name: 'mss', rules: [side('oifname'), side('iifname')] },
    // One test for every forwarded packet that opens no connection.
    {
      name: 'forward',
      base: baseChain('filter', 'forward', MANGLE),
      rules: [rule(say, syn, go('jump', 'mss'))],
    },
  ];
}

function flags(first: string, second: string) {
  return { kind: 'binary' as const, operator: '|' as const, left: string(first), right: string(second) };
}
