import type { Prefix } from '../net/prefix.ts';
import type { Verdict } from './verdict.ts';

/**
 * A value a rule reads, in nft(8)'s vocabulary. iptables options are lowered to the same vocabulary by the codec, so
 * that trace, lint and diff know one language. Marks and ports are `number`; interface names, protocol and state
 * names, addresses and MACs are `string`, spelled as `nft -j list` spells them.
 */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  | { readonly kind: 'range'; readonly from: Expression; readonly to: Expression }
  | { readonly kind: 'set'; readonly elements: readonly SetElement[] }
  | { readonly kind: 'set-ref'; readonly name: string; readonly ipset?: boolean }
  | { readonly kind: 'concat'; readonly parts: readonly Expression[] }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'meta'; readonly key: string }
  | { readonly kind: 'ct'; readonly key: string; readonly direction?: 'original' | 'reply' }
  | { readonly kind: 'payload'; readonly protocol: string; readonly field: string }
  /** Either of two fields (xt_multiport's `--ports`): one of them has the value, or, negated, neither. */
  | { readonly kind: 'either'; readonly parts: readonly [Expression, Expression] }
  | { readonly kind: 'tcp-option'; readonly name: string; readonly field?: string }
  | { readonly kind: 'fib'; readonly result: 'oif' | 'oifname' | 'type'; readonly flags: readonly string[] }
  | { readonly kind: 'rt'; readonly key: string }
  | { readonly kind: 'socket'; readonly key: string }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'map'; readonly key: Expression; readonly map: Expression }
  | {
      readonly kind: 'numgen';
      readonly mode: 'inc' | 'random';
      readonly modulus: number;
      readonly offset: number;
    }
  | {
      readonly kind: 'hash';
      readonly algorithm: 'jhash' | 'symhash';
      readonly of?: Expression;
      readonly modulus: number;
      readonly seed?: number;
      readonly offset: number;
    }
  /** Kept as met: nft JSON text, or the words of an iptables option. */
  | { readonly kind: 'unknown'; readonly text: string };

export type BinaryOperator = '&' | '|' | '^' | '<<' | '>>';

/** An element of a set (value absent) or of a map (value a data expression or a verdict). Times are what is left. */
export interface SetElement {
  readonly key: Expression;
  readonly value?: Expression;
  readonly timeoutMs?: number;
  readonly expiresMs?: number;
  readonly comment?: string;
}

export const META_MARK: Expression = { kind: 'meta', key: 'mark' };
export const CT_MARK: Expression = { kind: 'ct', key: 'mark' };

export function number(value: number): Expression {
  return { kind: 'number', value };
}

export function string(value: string): Expression {
  return { kind: 'string', value };
}

export function meta(key: string): Expression {
  return { kind: 'meta', key };
}

export function payload(protocol: string, field: string): Expression {
  return { kind: 'payload', protocol, field };
}

export function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  return { kind: 'binary', operator, left, right };
}

/** What a concatenation is made of; anything else is the one part of itself. */
export function partsOf(key: Expression): readonly Expression[] {
  return key.kind === 'concat' ? key.parts : [key];
}

/** An anonymous set of bare keys. */
export function anonymousSet(keys: readonly Expression[]): Expression {
  return { kind: 'set', elements: keys.map((key) => ({ key })) };
}
