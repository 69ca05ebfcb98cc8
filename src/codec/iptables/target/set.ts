import { META_MARK } from '../../../kernel/expression.ts';
import type { Statement } from '../../../kernel/statement.ts';
import {
  argumentOf,
  hasOption,
  type OptionUse,
  type Scope,
  type TargetExtension,
  use,
} from '../extension.ts';
import { setKey, writeSetKey } from '../set-key.ts';
import { usesText } from '../text.ts';

const MS_PER_SECOND = 1000;

/** Adds to, refreshes in, or deletes from an ipset; `--map-set` reads marks out of one (kernel-facts 2.7). */
export const SET_TARGET: TargetExtension = {
  name: 'SET',
  options: {
    '--add-set': 2,
    '--del-set': 2,
    '--exist': 0,
    '--timeout': 1,
    '--map-set': 2,
    '--map-mark': 0,
    '--map-prio': 0,
    '--map-queue': 0,
  },
  read: (uses, scope) => {
    const map = uses.find((one) => one.name === '--map-set');
    if (map !== undefined) return readMap(uses, map, scope);
    const statements = uses.flatMap((one) => readUpdate(one, uses, scope) ?? []);
    const updates = uses.filter((one) => one.name === '--add-set' || one.name === '--del-set');
    return statements.length === updates.length && updates.length > 0 ? statements : undefined;
  },
  write: (effects) => {
    const [first, ...rest] = effects;
    if (first?.kind !== 'set-update' || rest.length > 0 || first.ipset !== true || first.value !== undefined)
      return undefined;
    const flags = writeSetKey(first.element);
    if (flags === undefined) return undefined;
    if (first.operation === 'delete') return [use('--del-set', first.set, flags)];
    const exist = first.operation === 'update' ? [use('--exist')] : [];
    const timeout =
      first.timeoutMs === undefined ? [] : [use('--timeout', String(first.timeoutMs / MS_PER_SECOND))];
    return [use('--add-set', first.set, flags), ...exist, ...timeout];
  },
};

function readUpdate(one: OptionUse, uses: readonly OptionUse[], scope: Scope): Statement | undefined {
  const [set = '', flags = ''] = one.args;
  const element = one.name === '--add-set' || one.name === '--del-set' ? setKey(flags, scope) : undefined;
  if (element === undefined) return undefined;
  if (one.name === '--del-set') return { kind: 'set-update', operation: 'delete', set, ipset: true, element };
  const timeout = argumentOf(uses, '--timeout');
  const operation = hasOption(uses, '--exist') ? 'update' : 'add';
  const base = { kind: 'set-update', operation, set, ipset: true, element } as const;
  return timeout === undefined ? base : { ...base, timeoutMs: Number(timeout) * MS_PER_SECOND };
}

/** Only an entry that is found changes anything, so the lookup stands before the set as a match. */
function readMap(uses: readonly OptionUse[], map: OptionUse, scope: Scope): readonly Statement[] | undefined {
  const [name = '', flags = ''] = map.args;
  if (!hasOption(uses, '--map-mark'))
    return [{ kind: 'inert', name: 'SET', text: usesText('-j', 'SET', uses) }];
  const key = setKey(flags, scope);
  if (key === undefined) return undefined;
  const set = { kind: 'set-ref', name, ipset: true } as const;
  return [
    { kind: 'match', operator: '==', left: key, right: set },
    { kind: 'set', target: META_MARK, value: { kind: 'map', key, map: set } },
  ];
}
