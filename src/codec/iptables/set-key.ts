import { type Expression, partsOf, payload } from '../../kernel/expression.ts';
import type { Scope } from './extension.ts';

const FIELDS: Readonly<Record<string, string>> = { src: 'saddr', dst: 'daddr' };

/**
 * `src,dst` of an ipset option: one part for each dimension of the set. A part says only the side, as the address of
 * that side: what is really read there (address, port, mac, interface) is the set's type to say.
 */
export function setKey(flags: string, scope: Scope): Expression | undefined {
  const parts = flags.split(',').map((flag) => FIELDS[flag]);
  const known = parts.flatMap((field) => (field === undefined ? [] : [payload(scope.family, field)]));
  const [only] = known;
  if (only === undefined || known.length !== parts.length) return undefined;
  return known.length === 1 ? only : { kind: 'concat', parts: known };
}

export function writeSetKey(key: Expression): string | undefined {
  const flags = partsOf(key).map((part) =>
    part.kind === 'payload' ? Object.keys(FIELDS).find((flag) => FIELDS[flag] === part.field) : undefined,
  );
  return flags.includes(undefined) ? undefined : flags.join(',');
}
