import type { Expression, SetElement } from '../kernel/expression.ts';
import type { Statement } from '../kernel/statement.ts';
import { writeExpression } from './nft-expression.ts';

/** Why nft has no words for a statement; undefined where it has, which is all that a plan may contain. */
export function whyUnsayable(statement: Statement): string | undefined {
  switch (statement.kind) {
    case 'match':
      return whyAny([statement.left, statement.right]);
    case 'set':
      return whyAny([statement.target, statement.value]);
    case 'vmap':
      return whyAny([statement.key, statement.map]);
    case 'nat':
      return whyAny([statement.address, statement.port]);
    case 'set-update':
      if (statement.ipset === true) return `nft cannot change the ipset ${statement.set}`;
      return whyAny([statement.element, statement.value]);
    case 'tproxy':
      return whyForeign('tproxy', statement.text);
    case 'inert':
      return whyForeign(statement.name, statement.text);
    case 'unknown-match':
    case 'unknown-target':
      return `nft text cannot be written for ${statement.name}, which was not understood: ${statement.text}`;
    default:
      return undefined;
  }
}

/** The same of an element of a set or map. */
export function whyUnsayableElement({ key, value, comment }: SetElement): string | undefined {
  return whyAny([key, value]) ?? whyUnquotable(comment ?? '');
}

/** nft has no way to write a quote inside a quoted string. */
export function whyUnquotable(text: string): string | undefined {
  return /["\n]/.test(text) ? `nft cannot quote this text: ${text}` : undefined;
}

/** Text that came from nft goes back as it is; the words of another front end or JSON cannot. */
function whyForeign(name: string, text: string): string | undefined {
  return text === name || text.startsWith(`${name} `)
    ? undefined
    : `nft text cannot be written for ${name}, which is kept as met: ${text}`;
}

function whyAny(expressions: readonly (Expression | undefined)[]): string | undefined {
  for (const expression of expressions) {
    const why = expression === undefined ? undefined : whyOf(expression);
    if (why !== undefined) return why;
  }
  return undefined;
}

function whyOf(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'unknown':
      return `nft text cannot be written for an expression that was not understood: ${expression.text}`;
    case 'either':
      return `nft cannot ask for one of two fields: ${writeExpression(expression)}`;
    case 'string':
      return whyUnquotable(expression.value);
    case 'set-ref':
      return expression.ipset === true ? `nft cannot look into the ipset ${expression.name}` : undefined;
    case 'set':
      return expression.elements.map(whyUnsayableElement).find((why) => why !== undefined);
    case 'range':
      return whyAny([expression.from, expression.to]);
    case 'concat':
      return whyAny(expression.parts);
    case 'binary':
      return whyAny([expression.left, expression.right]);
    case 'map':
      return whyAny([expression.key, expression.map]);
    case 'hash':
      return whyAny([expression.of]);
    default:
      return undefined;
  }
}
