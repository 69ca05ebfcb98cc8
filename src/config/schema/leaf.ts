import * as z from 'zod/mini';
import { DURATION } from '../../net/duration.ts';
import { expecting } from './key.ts';

/** Names of WANs and policies: iptables chain names end at 28 characters and carry a prefix of up to 13. */
export const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,14}$/;

export const NAME_PHRASE = 'a name of at most 15 letters, digits, _ and -, beginning with a letter';

/** The kernel takes nearly every character in the name of an interface; these are the ones that any tool takes unquoted. */
const INTERFACE_SIGN = '[A-Za-z0-9_.@=-]';

/** IFNAMSIZ less its final zero. */
const INTERFACE = `${INTERFACE_SIGN}{1,15}`;

export const INTERFACE_PHRASE = 'an interface name of at most 15 letters, digits, _, ., @, = and -';

/** A trailing `+` stands for every name with that beginning. */
export const INTERFACES = `(?:${INTERFACE}|${INTERFACE_SIGN}{1,14}\\+)`;

export const INTERFACES_PHRASE = `${INTERFACE_PHRASE}, or its beginning and a +`;

const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';

/** RFC 1035, 2.3.4: labels end at 63 characters, a name at 253. The dot of the root may stand behind it. */
export const DOMAIN_NAME = `(?=.{1,253}\\.?$)(?:${LABEL}\\.)*${LABEL}\\.?`;

/** What is made of digits and dots alone is an address, or meant to be one. */
export const HOST_NAME = `(?![0-9.]+$)${DOMAIN_NAME}`;

export function words<const W extends readonly [string, ...string[]]>(values: W) {
  return expecting(alternatives(values), (error) => z.enum(values, error));
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

export function name() {
  return expecting(NAME_PHRASE, (error) => z.string(error).check(z.regex(NAME_PATTERN, error)));
}

export function text(phrase: string, pattern = /\S/) {
  return expecting(phrase, (error) => z.string(error).check(z.regex(pattern, error)));
}

/**
 * What an address, a prefix or a word in its place looks like: it begins with a letter, or has two separators. The readers
 * say what else is wrong with it. Numbers and truths are left out, so that nobody is told to put them in quotes.
 */
export const ADDRESS = '(?!(?:true|false)$)(?:[A-Za-z]|[^!\\s.:]*[.:][^!\\s.:]*[.:])[^!\\s]*';

/** An address, a prefix, or one of the key's words. */
export function address(phrase: string) {
  return text(phrase, new RegExp(`^${ADDRESS}$`));
}

export const INTERFACE_PATTERN = new RegExp(`^${INTERFACE}$`);

export function interfaceName(phrase = INTERFACE_PHRASE) {
  return text(phrase, INTERFACE_PATTERN);
}

export function interfaceNames() {
  return text(INTERFACES_PHRASE, new RegExp(`^${INTERFACES}$`));
}

export function whole(from: number, to: number, phrase = `a whole number from ${from} to ${to}`) {
  return expecting(phrase, (error) => z.int(error).check(z.minimum(from, error), z.maximum(to, error)));
}

/** A 32-bit word; both the number and its text are taken, since some editors quote hex. */
export function word(phrase: string, ...also: readonly string[]) {
  const pattern = ['0[xX][0-9a-fA-F]{1,8}', '[0-9]{1,10}', ...also].join('|');
  return expecting(phrase, (error) =>
    z.union(
      [
        z.int(error).check(z.minimum(0, error), z.maximum(0xffffffff, error)),
        z.string(error).check(z.regex(new RegExp(`^(?:${pattern})$`), error)),
      ],
      error,
    ),
  );
}

export function duration(...also: readonly string[]) {
  const others = also.map((value) => `, or ${value}`).join('');
  const pattern = new RegExp([DURATION.source, ...also.map((value) => `^${value}$`)].join('|'));
  return expecting(`a duration such as 500ms, 10s or 10m${others}`, (error) =>
    z.union([z.literal(0, error), z.string(error).check(z.regex(pattern, error))], error),
  );
}

export function percent() {
  return text('a percentage such as 40%', /^(?:100|[0-9]{1,2}(?:\.[0-9]+)?)%$/);
}

/** Whether: YAML 1.1 took yes and no for true and false, and people go on writing them. */
export function yesNo() {
  return expecting('true or false', (error) =>
    z.union([z.boolean(error), z.enum(['yes', 'no'], error)], error),
  );
}

/** A port, a range, or either behind a `sign`. */
export function ports(phrase = 'a port or a range such as 8000-8100', sign = '') {
  return expecting(phrase, (error) =>
    z.union(
      [
        z.int(error).check(z.minimum(1, error), z.maximum(65535, error)),
        z.string(error).check(z.regex(new RegExp(`^${sign}[0-9]{1,5}(?:-[0-9]{1,5})?$`), error)),
      ],
      error,
    ),
  );
}
