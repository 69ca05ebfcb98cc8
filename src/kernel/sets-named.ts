import type { Expression } from './expression.ts';
import type { Statement } from './statement.ts';

/** A set or map by its name. */
export interface NamedReference {
  readonly name: string;
  readonly ipset?: boolean;
}

const NONE: readonly NamedReference[] = [];

/** Sets and maps that a statement looks something up in, or writes to. */
export function setsNamed(statement: Statement): readonly NamedReference[] {
  switch (statement.kind) {
    case 'match':
      // Nearly every match compares a field with a value.
      if (statement.right.kind === 'set-ref') return [...inside(statement.left), statement.right];
      return isPlain(statement.left) ? NONE : inside(statement.left);
    case 'set':
      return isPlain(statement.value) ? NONE : inside(statement.value);
    case 'vmap':
      return [...inside(statement.key), ...inside(statement.map)];
    case 'nat':
      return [statement.address, statement.port].flatMap((part) => (part === undefined ? [] : inside(part)));
    case 'set-update':
      return [{ name: statement.set, ipset: statement.ipset === true }];
    default:
      return NONE;
  }
}

function isPlain({ kind }: Expression): boolean {
  return kind === 'payload' || kind === 'meta' || kind === 'ct' || kind === 'number' || kind === 'string';
}

function inside(expression: Expression): readonly NamedReference[] {
  switch (expression.kind) {
    case 'set-ref':
      return [expression];
    case 'map':
      return [...inside(expression.key), ...inside(expression.map)];
    case 'concat':
      return expression.parts.flatMap(inside);
    case 'binary':
      return [...inside(expression.left), ...inside(expression.right)];
    case 'hash':
      return expression.of === undefined ? NONE : inside(expression.of);
    default:
      return NONE;
  }
}
