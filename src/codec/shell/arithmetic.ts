import { expandArray } from './expand-array.ts';
import { plainValue, type Variables } from './variables.ts';

/** What the shell's `$((…))` comes to, in its 64 bits; undefined where only running tells. */
export function evaluate(text: string, variables: Variables): bigint | undefined {
  // Whoever assigns while the word is made changes what comes after it.
  if (assignedIn(text).length > 0) return undefined;
  return new Sum(text, variables).run();
}

const ASSIGNMENT =
  /^\s*(?:(?:\+\+|--)\s*([A-Za-z_]\w*)|([A-Za-z_]\w*)\s*(\+\+|--)|([A-Za-z_]\w*)\s*(\*|\/|%|\+|-|<<|>>|&|\^|\|)?=(?!=)(.*))\s*$/s;

/** `((…))` and `let`: gives the variable its value; of what is not a single plain assignment the names become unknown. */
export function assign(text: string, variables: Variables): void {
  const [, before, after, step, name, operator, sum] = ASSIGNMENT.exec(text) ?? [];
  const target = before ?? after ?? name;
  if (target === undefined || (sum !== undefined && assignedIn(sum).length > 0)) {
    for (const one of assignedIn(text)) variables.set(one, undefined);
    return;
  }
  const sign = step ?? (before === undefined ? undefined : text.trim().slice(0, 2));
  const value =
    sign === undefined
      ? evaluate(operator === undefined ? (sum ?? '') : `${target} ${operator} (${sum})`, variables)
      : evaluate(`${target} ${sign.charAt(0)} 1`, variables);
  variables.set(target, value === undefined ? undefined : String(value));
}

/** Names that such an expression gives a value. */
export function assignedIn(text: string): readonly string[] {
  const set = text.matchAll(
    /([A-Za-z_]\w*)(?:\[[^\]]*\])?\s*(?:\+\+|--|(?:[-+*/%&^|]|<<|>>)?=(?!=))|(?:\+\+|--)\s*([A-Za-z_]\w*)/g,
  );
  return [...set].flatMap(([whole, before, after]) => {
    const name = before ?? after;
    return name === undefined || /[<>!]=$/.test(whole) ? [] : [name];
  });
}

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|\d+)|(\$\{#?[A-Za-z_]\w*\[(?:@|\*|[\w$]+)\]\}|[A-Za-z_]\w*\[[\w$]+\])|\$?([A-Za-z_]\w*)|\$([1-9])|\$\{([A-Za-z_]\w*|[1-9]\d*)\}|(\*\*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&^|~()<>!]))/y;

/** Weaker first; `**` and the signs before a number are not among them. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** Brackets within brackets come to an end. */
const MAX_DEPTH = 50;

/** More bits than the shell has cannot be shifted to. */
const BITS = 64n;

class Sum {
  private readonly tokens: (bigint | string)[] | undefined;
  private at = 0;
  private depth = 0;

  constructor(text: string, variables: Variables) {
    this.tokens = tokensOf(text, variables);
  }

  run(): bigint | undefined {
    if (this.tokens === undefined || this.tokens.length === 0) return undefined;
    const value = this.level(0);
    return this.at === this.tokens.length ? value : undefined;
  }

  private level(level: number): bigint | undefined {
    const operators = LEVELS[level];
    if (operators === undefined) return this.signed();
    let left = this.level(level + 1);
    for (;;) {
      const operator = this.tokens?.[this.at];
      if (typeof operator !== 'string' || !operators.includes(operator)) return left;
      this.at += 1;
      const right = this.level(level + 1);
      if (left === undefined || right === undefined) return undefined;
      left = calculate(operator, left, right);
    }
  }

  private signed(): bigint | undefined {
    const token = this.tokens?.[this.at];
    this.at += 1;
    this.depth += 1;
    if (token === undefined || this.depth > MAX_DEPTH) return undefined;
    const value = typeof token === 'bigint' ? token : this.behind(token);
    this.depth -= 1;
    return value;
  }

  private behind(sign: string): bigint | undefined {
    if (sign === '(') {
      const value = this.level(0);
      this.at += 1;
      return this.tokens?.[this.at - 1] === ')' ? value : undefined;
    }
    const value = ['+', '-', '~', '!'].includes(sign) ? this.signed() : undefined;
    if (value === undefined) return undefined;
    if (sign === '!') return truth(value === 0n);
    return sign === '+' ? value : sign === '-' ? -value : ~value;
  }
}

function calculate(operator: string, a: bigint, b: bigint): bigint | undefined {
  const holds = compared(operator, a, b);
  if (holds !== undefined) return truth(holds);
  const value = operation(operator, a, b);
  return value === undefined ? undefined : BigInt.asIntN(Number(BITS), value);
}

/** What a comparison comes to. */
function truth(holds: boolean): bigint {
  return holds ? 1n : 0n;
}

function compared(operator: string, a: bigint, b: bigint): boolean | undefined {
  switch (operator) {
    case '||':
      return a !== 0n || b !== 0n;
    case '&&':
      return a !== 0n && b !== 0n;
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      return undefined;
  }
}

function operation(operator: string, a: bigint, b: bigint): bigint | undefined {
  switch (operator) {
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '&':
      return a & b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0n ? undefined : a / b;
    case '%':
      return b === 0n ? undefined : a % b;
    default:
      if (b < 0n || b >= BITS) return undefined;
      return operator === '<<' ? a << b : a >> b;
  }
}

/** Numbers, with variables put in, and signs; undefined for anything else. */
function tokensOf(text: string, variables: Variables): (bigint | string)[] | undefined {
  const tokens: (bigint | string)[] = [];
  const end = text.trimEnd().length;
  // A word of an array has a sum of its own in its brackets: the place is kept here.
  for (let at = 0; at < end; ) {
    TOKEN.lastIndex = at;
    const [found, number, array, name, parameter, braced, sign] = TOKEN.exec(text) ?? [];
    if (found === undefined) return undefined;
    at += found.length;
    if (sign !== undefined) tokens.push(sign);
    else {
      const value = numberOf(
        number ??
          (array === undefined
            ? plainValue(variables, name ?? parameter ?? braced ?? '')
            : inArray(array, variables)),
      );
      if (value === undefined) return undefined;
      tokens.push(value);
    }
  }
  return tokens;
}

/** Decimal, 0x… and, with a leading 0, octal. */
function numberOf(text: string | undefined): bigint | undefined {
  const digits = text?.trim() ?? '';
  if (/^-?[1-9]\d*$|^0$|^0[xX][0-9a-fA-F]+$/.test(digits)) return BigInt(digits);
  return /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : undefined;
}

/** `a[1]`, `${a[1]}` or `${#a[@]}` within a sum. */
function inArray(text: string, variables: Variables): string | undefined {
  const [, count, name = '', index] = /^(?:\$\{)?(#?)([A-Za-z_]\w*)\[([^\]]*)\]\}?$/.exec(text) ?? [];
  if (index === undefined) return undefined;
  const what = count === '#' ? 'count' : 'values';
  const found = expandArray({ kind: 'array', name, what, index, quoted: true }, variables);
  return 'words' in found && found.words.length === 1 ? found.words[0] : undefined;
}
