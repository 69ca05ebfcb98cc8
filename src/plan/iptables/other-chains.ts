import type { Site, Wan } from '../../config/site.ts';
import { binary, meta, number, payload, string } from '../../kernel/expression.ts';
import type { Chain, Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { comment } from '../comment.ts';
import { go, interfaces, isNew, match, portExpression, rule, setConnmark } from '../words.ts';
import { chainOf } from './names.ts';
import { everyPacketRule } from './table.ts';

/** Bits of the TCP header's flags byte. */
const SYN = 0x02;
const RST = 0x04;

/** Table raw: loopback proxies are not tracked in either direction. */
export function notrackChains(site: Site): readonly Chain[] {
  const rules = (device: 'iifname' | 'oifname'): readonly Rule[] =>
    site.notrack.flatMap((item) =>
      (['sport', 'dport'] as const).map((side) =>
        rule(
          comment('notrack', item.origin),
          match(meta(device), string('lo')),
          match(meta('l4proto'), string(item.protocol)),
          match(payload(item.protocol, side), portExpression(item.port)),
          { kind: 'notrack' },
        ),
      ),
    );
  return [
    { name: chainOf.prerouting, rules: rules('iifname') },
    { name: chainOf.output, rules: rules('oifname') },
  ];
}

/**
 * mangle FORWARD: connections from one inside network to another, which lose the mark again, and the MSS clamp, which
 * costs a packet that opens no connection one test however many WANs there are.
 */
export function forwardChains(site: Site): readonly Chain[] {
  const clamped = clampedWans(site);
  const mss = {
    name: chainOf.mss,
    rules: DIRECTIONS.flatMap((key) => clamped.map((wan) => clampRule(key, wan))),
  };
  return [
    {
      name: chainOf.forward,
      rules: [
        ...site.lan.map((name) => everyPacketRule(by('oifname', name), isNew(), go('jump', chainOf.inside))),
        ...(clamped.length === 0 ? [] : [everyPacketRule(...OPENS, go('jump', chainOf.mss))]),
      ],
    },
    { name: chainOf.inside, rules: site.lan.map((name) => insideRule(site, name)) },
    ...(clamped.length === 0 ? [] : [mss]),
  ];
}

const DIRECTIONS = ['oifname', 'iifname'] as const;

/** A SYN, also one that answers. */
const OPENS: readonly Statement[] = [
  match(meta('l4proto'), string('tcp')),
  match(binary('&', payload('tcp', 'flags'), number(SYN | RST)), number(SYN)),
];

function by(key: 'iifname' | 'oifname', name: string): Statement {
  return match(meta(key), interfaces([name]));
}

function insideRule(site: Site, name: string): Rule {
  return rule(
    comment('from one inside network to another: not by a WAN', site.origins.lan),
    by('iifname', name),
    setConnmark({ value: 0, mask: site.markMask }),
  );
}

/** One WAN of each interface. */
function clampedWans(site: Site): readonly Wan[] {
  const clamped = site.wans.filter((wan) => wan.mssClamp);
  return clamped.filter(
    (wan, index) => clamped.findIndex((one) => one.interface === wan.interface) === index,
  );
}

/** TCPMSS is only taken in a rule that asks for a SYN itself. */
function clampRule(key: 'iifname' | 'oifname', wan: Wan): Rule {
  return rule(
    comment('MSS follows the path', wan.origin),
    match(meta(key), string(wan.interface)),
    ...OPENS,
    {
      kind: 'set',
      target: { kind: 'tcp-option', name: 'maxseg', field: 'size' },
      value: { kind: 'rt', key: 'mtu' },
    },
  );
}
