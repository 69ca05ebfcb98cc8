import type { Expression } from '../../kernel/expression.ts';
import type { Statement } from '../../kernel/statement.ts';
import { type MatchExtension, match, type OptionUse, type Scope } from './extension.ts';
import { isSame } from './same.ts';
import type { ValueForm } from './value.ts';

/** One option that says one match: `field` compared with its argument. */
export interface OptionForm {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What is compared; where it depends on the scope, `fields` lists all it can be, for writing. */
  readonly field: Expression | ((scope: Scope) => Expression);
  readonly fields?: readonly Expression[];
  readonly value: ValueForm;
}

/** A match whose options are independent of each other: each becomes one statement, in the order given. */
export function optionwise(
  name: string,
  forms: readonly OptionForm[],
  { alone = false }: { readonly alone?: boolean } = {},
): MatchExtension {
  const byName = new Map(
    forms.flatMap((form) => [form.name, ...(form.aliases ?? [])].map((word) => [word, form] as const)),
  );
  return {
    name,
    options: Object.fromEntries([...byName.keys()].map((word) => [word, 1])),
    read: (uses, scope) => {
      const statements: Statement[] = [];
      for (const one of uses) {
        const statement = readOption(byName.get(one.name), one, scope);
        if (statement === undefined) return undefined;
        statements.push(statement);
      }
      return statements;
    },
    write: (statements, at) => {
      const uses: OptionUse[] = [];
      for (const statement of statements.slice(at, alone ? at + 1 : undefined)) {
        const said = writeOption(forms, statement);
        if (said === undefined || uses.some((earlier) => earlier.name === said.name)) break;
        uses.push(said);
      }
      return uses.length === 0 ? undefined : { uses, count: uses.length };
    },
  };
}

function readOption(form: OptionForm | undefined, one: OptionUse, scope: Scope): Statement | undefined {
  const right = form?.value.read(one.args[0] ?? '', scope);
  if (form === undefined || right === undefined) return undefined;
  const left = typeof form.field === 'function' ? form.field(scope) : form.field;
  return match(left, right, one.negated);
}

function writeOption(forms: readonly OptionForm[], statement: Statement): OptionUse | undefined {
  if (statement.kind !== 'match' || (statement.operator !== '==' && statement.operator !== '!='))
    return undefined;
  for (const form of forms) {
    const fields = form.fields ?? (typeof form.field === 'function' ? [] : [form.field]);
    if (!fields.some((field) => isSame(field, statement.left))) continue;
    const text = form.value.write(statement.right);
    if (text !== undefined) return { name: form.name, negated: statement.operator === '!=', args: [text] };
  }
  return undefined;
}
