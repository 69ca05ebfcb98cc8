import type { Site } from '../../config/site.ts';
import { binary, meta, number, payload, string } from '../../kernel/expression.ts';
import type { Chain, Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { comment } from '../comment.ts';
import { go, interfaces, isNew, match, portExpression, rule, setConnmark } from '../words.ts';
import { chainOf } from './names.ts';

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

/** mangle FORWARD: the MSS clamp, and connections from one inside network to another, which lose the mark again. */
export function forwardChains(site: Site): readonly Chain[] {
  const clamped = [...new Set(site.wans.flatMap((wan) => (wan.mssClamp ? [wan.interface] : [])))];
  const none = setConnmark({ value: 0, mask: site.markMask });
  const inside = (key: 'iifname' | 'oifname', name: string): Statement =>
    match(meta(key), interfaces([name]));
  return [
    {
      name: chainOf.forward,
      rules: [
        ...site.lan.map((name) =>
          rule(
            'from one inside network to another',
            inside('oifname', name),
            isNew(),
            go('jump', chainOf.inside),
          ),
        ),
        ...(['oifname', 'iifname'] as const).flatMap((key) =>
          clamped.map((device) => clampRule(key, device)),
        ),
      ],
    },
    {
      name: chainOf.inside,
      rules: site.lan.map((name) => rule('not by a WAN', inside('iifname', name), none)),
    },
  ];
}

function clampRule(key: 'iifname' | 'oifname', device: string): Rule {
  return rule(
    'MSS follows the path',
    match(meta(key), string(device)),
    match(meta('l4proto'), string('tcp')),
    match(binary('&', payload('tcp', 'flags'), number(SYN | RST)), number(SYN)),
    {
      kind: 'set',
      target: { kind: 'tcp-option', name: 'maxseg', field: 'size' },
      value: { kind: 'rt', key: 'mtu' },
    },
  );
}
