import type { TargetExtension } from './extension.ts';
import { CONNMARK, MARK } from './target/mark.ts';
import { NAT_TARGETS } from './target/nat.ts';
import { OTHER_TARGETS } from './target/other.ts';
import { SET_TARGET } from './target/set.ts';
import { TPROXY } from './target/tproxy.ts';
import { VERDICT_TARGETS } from './target/verdict.ts';

/** Every target with a meaning in the model, beside the inert ones. Any other word is a chain, or unknown. */
export const TARGETS: readonly TargetExtension[] = [
  ...VERDICT_TARGETS,
  MARK,
  CONNMARK,
  ...NAT_TARGETS,
  SET_TARGET,
  TPROXY,
  ...OTHER_TARGETS,
];

const BY_NAME = new Map(TARGETS.map((extension) => [extension.name, extension]));

export function targetNamed(name: string): TargetExtension | undefined {
  return BY_NAME.get(name);
}
