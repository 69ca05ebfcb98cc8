import type { Statement } from '../../../kernel/statement.ts';
import { argumentOf, type TargetExtension, use } from '../extension.ts';
import { isSame } from '../same.ts';
import { usesText } from '../text.ts';

function verdict(name: string, kind: 'accept' | 'drop' | 'return'): TargetExtension {
  const statements: readonly Statement[] = [{ kind: 'verdict', verdict: { kind } }];
  return {
    name,
    options: {},
    read: () => statements,
    write: (effects) => (isSame(effects, statements) ? [] : undefined),
  };
}

/** NFQUEUE hands the packet to a program, which may do anything with it (kernel-facts 2.7). */
function queue(name: string, options: Readonly<Record<string, number>>): TargetExtension {
  return {
    name,
    options,
    read: (uses) => [{ kind: 'verdict', verdict: { kind: 'queue', text: usesText('-j', name, uses) } }],
  };
}

/** What iptables rejects with when nothing is said; iptables-save says it. */
const DEFAULT_REJECT = { ip: 'icmp-port-unreachable', ip6: 'icmp6-port-unreachable' } as const;

const REJECT: TargetExtension = {
  name: 'REJECT',
  options: { '--reject-with': 1 },
  read: (uses, scope) => [
    { kind: 'reject', with: argumentOf(uses, '--reject-with') ?? DEFAULT_REJECT[scope.family] },
  ],
  write: (effects) => {
    const [first, ...rest] = effects;
    if (first?.kind !== 'reject' || rest.length > 0) return undefined;
    return first.with === undefined ? [] : [use('--reject-with', first.with)];
  },
};

/** What ends the walk through a chain (kernel-facts 2.6). */
export const VERDICT_TARGETS: readonly TargetExtension[] = [
  verdict('ACCEPT', 'accept'),
  verdict('DROP', 'drop'),
  verdict('RETURN', 'return'),
  REJECT,
  queue('QUEUE', {}),
  queue('NFQUEUE', {
    '--queue-num': 1,
    '--queue-balance': 1,
    '--queue-bypass': 0,
    '--queue-cpu-fanout': 0,
  }),
];
