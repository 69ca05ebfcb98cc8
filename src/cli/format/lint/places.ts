import type { Sources } from '../../../net/diagnostic.ts';
import { type Span, textStart } from '../../../net/span.ts';

/** Line and column from 1, in UTF-16 units; the end is behind the last unit. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Places of many findings in few files: each file's lines are counted once. */
export class Places {
  private readonly sources: Sources;
  private readonly starts = new Map<string, readonly number[]>();

  constructor(sources: Sources) {
    this.sources = sources;
  }

  /** Undefined when the text is not known. */
  of({ file, start, end }: Span): Place | undefined {
    const starts = this.startsOf(file);
    if (starts === undefined) return undefined;
    const length = this.sources.get(file)?.length ?? 0;
    const from = locate(starts, Math.min(start, length));
    const to = locate(starts, Math.min(Math.max(start, end), length));
    return { file, ...from, endLine: to.line, endColumn: to.column };
  }

  /** The line as it is written, without its end. */
  lineText(file: string, line: number): string {
    const starts = this.startsOf(file) ?? [];
    const text = this.sources.get(file) ?? '';
    return text.slice(starts[line - 1] ?? text.length, starts[line] ?? text.length).replace(/\r?\n$/, '');
  }

  /** The text of the span. */
  textOf({ file, start, end }: Span): string {
    return this.sources.get(file)?.slice(start, end) ?? '';
  }

  private startsOf(file: string): readonly number[] | undefined {
    const known = this.starts.get(file);
    const text = this.sources.get(file);
    if (known !== undefined || text === undefined) return known;
    const starts = [textStart(text)];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.starts.set(file, starts);
    return starts;
  }
}

function locate(
  starts: readonly number[],
  offset: number,
): { readonly line: number; readonly column: number } {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: Math.max(0, offset - (starts[low] ?? 0)) + 1 };
}
