import * as z from 'zod/mini';

/** What the manual and an editor say about a key. */
export interface KeyDoc {
  readonly description: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** Documentation by schema node; also the source of the descriptions in the JSON Schema. */
export const keyDocs = z.registry<KeyDoc>();

/** What a value must be, as the end of the sentence "expected …". */
export const phrases = z.registry<{ readonly phrase: string }>();

/** Makes a schema whose every refusal says what was expected. */
export function expecting<S extends z.core.$ZodType>(phrase: string, make: (error: string) => S): S {
  const schema = make(`expected ${phrase}`);
  phrases.add(schema, { phrase });
  return schema;
}

type Extras = Omit<KeyDoc, 'description'>;

/** A key that must be there. */
export function required<S extends z.core.$ZodType>(schema: S, description: string, extras: Extras = {}): S {
  keyDocs.add(schema, { description, ...extras });
  return schema;
}

/** A key that may be left out. */
export function optional<S extends z.core.$ZodType>(
  schema: S,
  description: string,
  extras: Extras = {},
): z.ZodMiniOptional<S> {
  const wrapped = z.optional(schema);
  keyDocs.add(wrapped, { description, ...extras });
  return wrapped;
}

/** A mapping that knows all its keys. */
export function mapping<S extends z.core.$ZodShape>(phrase: string, shape: S) {
  return expecting(phrase, (error) =>
    z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? error : undefined) }),
  );
}

/** A list with at least one item: an empty one says nothing, and is more likely a slip. */
export function list<S extends z.core.$ZodType>(phrase: string, item: S) {
  return expecting(`a list of ${phrase}`, (error) => z.array(item, error).check(z.minLength(1, error)));
}

/** One value, or a list of alternatives. */
export function oneOrMore<S extends z.core.$ZodType>(phrase: string, item: S) {
  return expecting(`${phrase}, or a list of them`, (error) =>
    z.union([item, z.array(item, error).check(z.minLength(1, error))], error),
  );
}
