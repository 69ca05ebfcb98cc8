import { bare } from './assigned.ts';
import { isTestName } from './test-command.ts';
import type { Pipeline } from './tree.ts';

/**
 * Where an exit is one of a script that gives up: `iptables -D … || exit 1` does so where there was nothing,
 * `[ -z "$LAN" ] && exit 1` where something is not set yet.
 */
export function givesUp({ connector }: Pipeline, before: Pipeline | undefined): boolean {
  const [first] = before?.commands ?? [];
  const program = first?.kind === 'simple' ? first.words[0] : undefined;
  const isTest = program !== undefined && isTestName(bare(program));
  return connector === '||' || (connector === '&&' && isTest);
}
