import { closing, readExpansion } from './expansion.ts';
import type { Place } from './place.ts';

/** A part of a word: text, a variable, or something only a shell can tell. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly fallback?: Fallback;
      readonly quoted: boolean;
    }
  /** `$((…))`, or all of the command `((…))`. */
  | { readonly kind: 'arithmetic'; readonly text: string; readonly quoted: boolean }
  /** `$(seq …)` */
  | { readonly kind: 'sequence'; readonly text: string; readonly quoted: boolean }
  | ArrayPart
  | {
      readonly kind: 'unknown';
      readonly why: string;
      readonly quoted: boolean;
      /** What is between the brackets of `$(…)`, or between backquotes. */
      readonly runs?: Place;
    };

/** `${NAME-TEXT}`; with a colon also where the variable is empty, with `=` the variable gets it. */
export interface Fallback {
  readonly text: string;
  readonly forEmpty: boolean;
  readonly assigns: boolean;
}

/**
 * `${NAME[1]}`, `${NAME[@]}`, `${!NAME[@]}`, `${#NAME[@]}`; without an index `${#NAME}`. `$@`, `$*` and `$#` are those of an
 * array with the name @.
 */
export interface ArrayPart {
  readonly kind: 'array';
  readonly name: string;
  readonly what: 'values' | 'indices' | 'count';
  readonly index?: string;
  readonly quoted: boolean;
}

export interface WordToken {
  readonly kind: 'word';
  readonly parts: readonly Part[];
  readonly start: number;
  readonly end: number;
}

/** Words to a program's standard input: `<<EOF`. */
export interface HereDocument {
  readonly start: number;
  readonly end: number;
  /** The delimiter was quoted: nothing is put in for `$`. */
  readonly literal: boolean;
  readonly stripTabs: boolean;
}

export type Token =
  | WordToken
  | { readonly kind: 'operator'; readonly text: string; readonly start: number; readonly end: number }
  | {
      readonly kind: 'redirect';
      readonly operator: string;
      readonly start: number;
      readonly end: number;
      /** Filled in at the end of the line. */
      body?: HereDocument;
    };

const OPERATOR = /^(?:&&|\|\||;;&|;;|;&|[;&|()\n])/;
const REDIRECT = /^\d*(?:<<<|<<-|<<|<&|<>|<|>>|>&|>\||>|&>>|&>)/;

/** Takes a shell script apart. Whatever it is, it ends: a quote that is not closed reaches to the end of the text. */
export function lexShell(text: string, from: number): readonly Token[] {
  return new Lexer(text, from).run();
}

class Lexer {
  private readonly text: string;
  private readonly tokens: Token[] = [];
  private readonly pending: { readonly token: Extract<Token, { kind: 'redirect' }>; at: number }[] = [];
  private at: number;

  constructor(text: string, from: number) {
    this.text = text;
    this.at = from;
  }

  run(): readonly Token[] {
    while (this.at < this.text.length) this.next();
    return this.tokens;
  }

  private next(): void {
    const { text } = this;
    const sign = text.charAt(this.at);
    if (sign === ' ' || sign === '\t' || sign === '\r') this.at += 1;
    else if (sign === '\\' && text.charAt(this.at + 1) === '\n') this.at += 2;
    else if (sign === '#') this.at = lineEnd(text, this.at);
    else if (!this.arithmetic() && !this.redirect() && !this.operator()) this.word();
  }

  /** `((n++))` where a command begins; with anything but a sum in it, it is a subshell in a subshell. */
  private arithmetic(): boolean {
    const last = this.tokens.at(-1);
    if (
      !this.text.startsWith('((', this.at) ||
      (last?.kind === 'word' && !isOpening(last) && !isWord(last, 'for'))
    )
      return false;
    const end = closing(this.text, this.at, '(', ')');
    const text = this.text.slice(this.at + 2, end - 2);
    // `for ((i = 0; i < 3; i++))` has three of them.
    const isFor = last?.kind === 'word' && isWord(last, 'for');
    const sums = isFor ? text.replaceAll(';', ' ') : text;
    if (!this.text.startsWith('))', end - 2) || !SUM.test(sums)) return false;
    const parts: Part[] = [{ kind: 'arithmetic', text, quoted: true }];
    this.tokens.push({ kind: 'word', parts, start: this.at, end });
    this.at = end;
    return true;
  }

  private redirect(): boolean {
    const operator = REDIRECT.exec(this.text.slice(this.at, this.at + 8))?.[0];
    if (operator === undefined) return false;
    const token: Extract<Token, { kind: 'redirect' }> = {
      kind: 'redirect',
      operator: operator.replace(/^\d+/, ''),
      start: this.at,
      end: this.at + operator.length,
    };
    this.tokens.push(token);
    this.at = token.end;
    if (token.operator === '<<' || token.operator === '<<-')
      this.pending.push({ token, at: this.tokens.length });
    return true;
  }

  private operator(): boolean {
    const operator = OPERATOR.exec(this.text.slice(this.at, this.at + 3))?.[0];
    if (operator === undefined) return false;
    this.tokens.push({ kind: 'operator', text: operator, start: this.at, end: this.at + operator.length });
    this.at += operator.length;
    if (operator === '\n') this.hereDocuments();
    return true;
  }

  /** Their texts begin in the line below, one after the other. */
  private hereDocuments(): void {
    for (const { token, at } of this.pending.splice(0)) {
      const word = this.tokens[at];
      if (word?.kind !== 'word') continue;
      const delimiter = word.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
      const literal = word.parts.some((part) => part.kind === 'text' && part.quoted);
      const stripTabs = token.operator === '<<-';
      const start = this.at;
      let end = this.text.length;
      for (let from = start; from < this.text.length; ) {
        const to = lineEnd(this.text, from);
        const line = this.text.slice(from, to).replace(/\r$/, '');
        if ((stripTabs ? line.replace(/^\t+/, '') : line) === delimiter) {
          end = from;
          this.at = to;
          break;
        }
        from = to + 1;
        this.at = Math.min(from, this.text.length);
      }
      token.body = { start, end, literal, stripTabs };
    }
  }

  private word(): void {
    const start = this.at;
    const parts: Part[] = [];
    while (this.at < this.text.length && !/[\s;&|()<>]/.test(this.text.charAt(this.at))) this.part(parts);
    // Whatever stands here belongs to nothing that is known: on, so that the end is reached.
    if (this.at === start) this.at += 1;
    this.tokens.push({ kind: 'word', parts, start, end: this.at });
  }

  private part(parts: Part[]): void {
    const { text } = this;
    const sign = text.charAt(this.at);
    if (sign === "'") {
      const close = text.indexOf("'", this.at + 1);
      const end = close === -1 ? text.length : close;
      parts.push({ kind: 'text', text: text.slice(this.at + 1, end), quoted: true });
      this.at = end + 1;
    } else if (sign === '"') this.doubleQuoted(parts);
    else if (sign === '\\') {
      const next = text.charAt(this.at + 1);
      if (next !== '\n') parts.push({ kind: 'text', text: next, quoted: true });
      this.at += 2;
    } else if (sign === '$' || sign === '`') this.expansion(parts, false);
    else {
      const plain = /^[^\s;&|()<>'"\\$`]+/.exec(text.slice(this.at, this.at + 4096))?.[0] ?? sign;
      parts.push({ kind: 'text', text: plain, quoted: false });
      this.at += plain.length;
    }
  }

  private doubleQuoted(parts: Part[]): void {
    const { text } = this;
    this.at += 1;
    // "" is a word, though an empty one.
    parts.push({ kind: 'text', text: '', quoted: true });
    while (this.at < text.length && text.charAt(this.at) !== '"') {
      const sign = text.charAt(this.at);
      if (sign === '\\') {
        const next = text.charAt(this.at + 1);
        const kept = '$`"\\\n'.includes(next) ? next.replace('\n', '') : `\\${next}`;
        parts.push({ kind: 'text', text: kept, quoted: true });
        this.at += 2;
      } else if (sign === '$' || sign === '`') this.expansion(parts, true);
      else {
        const plain = /^[^"\\$`]+/.exec(text.slice(this.at, this.at + 4096))?.[0] ?? sign;
        parts.push({ kind: 'text', text: plain, quoted: true });
        this.at += plain.length;
      }
    }
    this.at += 1;
  }

  private expansion(parts: Part[], quoted: boolean): void {
    const found = readExpansion(this.text, this.at, quoted);
    parts.push(found.part);
    this.at = found.end;
  }
}

/** What a sum is made of: a command that begins so has quotes, dots or slashes before long. */
const SUM = /^[\w\s$={}()[\]<>!&|^~*/%+,#@?:-]*$/;

function isWord({ parts: [only, ...more] }: WordToken, word: string): boolean {
  return more.length === 0 && only?.kind === 'text' && !only.quoted && only.text === word;
}

/** Behind these words a command begins. */
function isOpening({ parts: [only] }: WordToken): boolean {
  return only?.kind === 'text' && /^(?:do|then|else|if|elif|while|until|\{|!|time)$/.test(only.text);
}

function lineEnd(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline === -1 ? text.length : newline;
}
