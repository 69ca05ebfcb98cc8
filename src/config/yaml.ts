import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import type { Diagnostic } from '../net/diagnostic.ts';
import type { Span } from '../net/span.ts';
import { leadingZero } from './leading-zero.ts';
import { addNode, type Frame, finishFrame, openFrame } from './yaml-frame.ts';
import type { YamlNode, YamlScalar } from './yaml-node.ts';
import { resolvePlain } from './yaml-plain.ts';
import { explainYaml, UNQUOTED_NEGATION, UNQUOTED_STAR } from './yaml-words.ts';

export interface YamlReading {
  /** Absent when the text is no YAML, or is empty. */
  readonly root?: YamlNode;
  readonly diagnostics: readonly Diagnostic[];
}

/** What is longer is refused, and above all what aliases blow up: a site of 64 WANs with 1,000 rules has 20,000. */
const MAX_VALUES = 100_000;

/** At the beginning of a line these are always markers: the parser refuses them within a value of several lines. */
const DOCUMENT_START = /^---(?=\s|$)/gm;
const DOCUMENT_END = /^\.\.\.(?=\s|$)/gm;

/** What decoding puts in the place of bytes that are no UTF-8. In comments they do no harm. */
const NO_UTF8 = '\uFFFD';

/** What may stand before the colon of an empty key. */
const BEFORE_COLON = /(?:[\s,?]|#[^\n]*\n)*(?=:)/y;

/** Reads one YAML document to a tree in which every key and value keeps its place. */
export function readYaml(file: string, text: string): YamlReading {
  try {
    return new TreeBuilder(file, text).build(parseEvents(text, { filename: file }));
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = Math.min(error.mark?.position ?? 0, text.length);
    const { start, end, ...trouble } = explainYaml(error.reason, text, at);
    return { diagnostics: [{ ...trouble, span: { file, start, end } }] };
  }
}

/** Turns the flat events into nested nodes; `cursor` is the end of what was read last, where an empty value stands. */
class TreeBuilder {
  readonly #file: string;
  readonly #text: string;
  readonly #diagnostics: Diagnostic[] = [];
  #anchors = new Map<string, { readonly node: YamlNode; readonly size: number }>();
  #frames: Frame[] = [];
  #root: YamlNode | undefined;
  #documents = 0;
  #cursor = 0;
  #hasAliases = false;
  #isTooLarge = false;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  build(events: readonly Event[]): YamlReading {
    for (const event of events) {
      this.#take(event);
      if (this.#documents > 1 || this.#isTooLarge) break;
    }
    return {
      ...(this.#root === undefined ? {} : { root: this.#root }),
      diagnostics: this.#diagnostics,
    };
  }

  #take(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        this.#openDocument(event.explicitStart);
        break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        this.#checkTag(event.tagStart, event.tagEnd);
        const kind = event.type === EVENT_ID.SEQUENCE ? 'list' : 'map';
        const anchor = this.#slice(event.anchorStart, event.anchorEnd);
        this.#frames.push(openFrame(kind, event.start, event.style === COLLECTION_STYLE.FLOW, anchor));
        this.#cursor = event.start + (event.style === COLLECTION_STYLE.FLOW ? 1 : 0);
        break;
      }
      case EVENT_ID.SCALAR:
        this.#add(this.#scalar(event), 1, this.#slice(event.anchorStart, event.anchorEnd));
        break;
      case EVENT_ID.ALIAS:
        this.#alias(event.anchorStart, event.anchorEnd);
        break;
      case EVENT_ID.POP:
        this.#close();
        break;
    }
  }

  /** A second document that has no `---` is told at the `...` that ends the first. */
  #openDocument(hasMarker: boolean): void {
    this.#documents += 1;
    if (this.#documents === 1 && !hasMarker) return;
    const marker = hasMarker ? DOCUMENT_START : DOCUMENT_END;
    marker.lastIndex = this.#cursor;
    const start = marker.exec(this.#text)?.index ?? this.#cursor;
    this.#cursor = start + 3;
    if (this.#documents === 1) return;
    this.#report({ file: this.#file, start, end: this.#cursor }, 'a second document in one file');
  }

  #close(): void {
    const frame = this.#frames.pop();
    // The pop of the document itself finds no frame.
    if (frame === undefined) return;
    if (frame.flow) {
      const closing = this.#text.indexOf(frame.kind === 'list' ? ']' : '}', this.#cursor);
      this.#cursor = closing === -1 ? this.#cursor : closing + 1;
    }
    const node = finishFrame(frame, { file: this.#file, start: frame.start, end: this.#cursor });
    this.#add(node, frame.size + 1, frame.anchor);
  }

  #alias(start: number, end: number): void {
    const span: Span = { file: this.#file, start: start - 1, end };
    this.#cursor = end;
    const name = this.#text.slice(start, end);
    const target = this.#anchors.get(name);
    if (target === undefined) {
      this.#report(span, `${UNQUOTED_STAR}, and no anchor &${name} stands before it`);
      this.#add({ kind: 'scalar', value: null, text: '', span }, 1, undefined);
      return;
    }
    this.#hasAliases = true;
    this.#add(target.node, target.size, undefined, span);
  }

  #add(node: YamlNode, size: number, anchor: string | undefined, aliasSpan?: Span): void {
    const frame = this.#frames.at(-1);
    this.#isTooLarge = (frame?.size ?? 0) + size > MAX_VALUES;
    if (this.#isTooLarge) {
      const what = this.#hasAliases ? 'aliases make this larger than' : 'the file has more than';
      this.#report(aliasSpan ?? node.span, `${what} ${MAX_VALUES} values`);
      return;
    }
    if (anchor !== undefined) this.#anchors.set(anchor, { node, size });
    if (frame === undefined) this.#root ??= node;
    else addNode(frame, node, size, (span, message) => this.#report(span, message));
  }

  #scalar(event: ScalarEvent): YamlScalar {
    const tag = this.#slice(event.tagStart, event.tagEnd);
    const value = event.valueStart === -1 ? '' : getScalarValue(this.#text, event);
    const negated = negation(tag, value);
    this.#checkTag(event.tagStart, event.tagEnd, negated);
    const span = this.#scalarSpan(event, tag !== undefined && tag !== '!!str');
    if (this.#slice(span.start, span.end)?.includes(NO_UTF8))
      this.#report(span, 'this has bytes that are no UTF-8: save the file as UTF-8');
    const text = negated ?? value;
    const isText = event.style !== SCALAR_STYLE.PLAIN || tag === '!!str' || negated !== undefined;
    return { kind: 'scalar', value: isText ? text : this.#plainValue(text, span), text, span };
  }

  #plainValue(text: string, span: Span): YamlScalar['value'] {
    const value = resolvePlain(text);
    const doubt = typeof value === 'number' && /^[-+]?[0-9]+$/.test(text) ? leadingZero(text) : undefined;
    if (doubt === undefined) return value;
    this.#report(span, doubt);
    return text;
  }

  /** Where a wrong tag has swallowed the value, the tag stands for it. */
  #scalarSpan(event: ScalarEvent, isTagWrong: boolean): Span {
    if (event.valueStart === -1) {
      if (!isTagWrong) this.#cursor = this.#emptyAt();
      return { file: this.#file, start: isTagWrong ? event.tagStart : this.#cursor, end: this.#cursor };
    }
    const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    this.#cursor = event.valueEnd + (isQuoted ? 1 : 0);
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
    return isBlock
      ? this.#withoutBlanks(event.valueStart, event.valueEnd)
      : { file: this.#file, start: event.valueStart, end: event.valueEnd };
  }

  /** An empty value stands where the last thing ended, an empty key at its colon. */
  #emptyAt(): number {
    const frame = this.#frames.at(-1);
    if (frame?.kind !== 'map' || frame.pending !== undefined) return this.#cursor;
    BEFORE_COLON.lastIndex = this.#cursor;
    const before = BEFORE_COLON.exec(this.#text)?.[0] ?? '';
    return this.#cursor + before.length;
  }

  /** The text of a block begins with the indentation of its first line, and ends with the end of its last. */
  #withoutBlanks(start: number, end: number): Span {
    const text = this.#text.slice(start, end);
    const indent = text.length - text.trimStart().length;
    return { file: this.#file, start: start + indent, end: start + Math.max(indent, text.trimEnd().length) };
  }

  /** Tags change what a value is; the only one of use here is `!!str`. */
  #checkTag(start: number, end: number, negated?: string): void {
    const tag = this.#slice(start, end);
    if (tag === undefined || tag === '!!str') return;
    const span = { file: this.#file, start, end };
    this.#cursor = Math.max(this.#cursor, end);
    if (tag.startsWith('!!')) this.#report(span, `the tag ${tag} has no meaning here`);
    else this.#report(span, UNQUOTED_NEGATION, negated === undefined ? undefined : `"${negated}"`);
  }

  #slice(start: number, end: number): string | undefined {
    return start === -1 ? undefined : this.#text.slice(start, end);
  }

  #report(span: Span, message: string, nearest?: string): void {
    this.#diagnostics.push({ message, span, ...(nearest === undefined ? {} : { nearest }) });
  }
}

/** A tag that begins with a single `!` is a negation that lacks its quotes: `!lan0`, or `! lan0`. */
function negation(tag: string | undefined, value: string): string | undefined {
  if (tag === undefined || tag.startsWith('!!')) return undefined;
  return tag === '!' ? `!${value}` : tag;
}
