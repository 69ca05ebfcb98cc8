import { wrap } from './wrap.ts';

/** Between two columns. */
export const GAP = '  ';

/** Below a dozen columns wrapped words are harder to read than a long line. */
const NARROWEST = 12;

/**
 * Rows of plain text in aligned columns. Columns are as wide as their widest cell; where that is too much for `width`,
 * the last column is wrapped, and where that is not enough, the others from the last to the first.
 */
export function table(rows: readonly (readonly string[])[], width: number): string {
  const widths = fitting(rows, width);
  return rows
    .flatMap((row) => {
      const cells = widths.map((column, at) => wrap(row[at] ?? '', column));
      const height = Math.max(1, ...cells.map((lines) => lines.length));
      return Array.from({ length: height }, (_, line) =>
        cells
          .map((lines, at) => (lines[line] ?? '').padEnd(widths[at] ?? 0))
          .join(GAP)
          .trimEnd(),
      );
    })
    .map((line) => `${line}\n`)
    .join('');
}

function fitting(rows: readonly (readonly string[])[], width: number): readonly number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(0, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  let surplus = widths.reduce((sum, column) => sum + column + GAP.length, -GAP.length) - width;
  for (let at = columns - 1; at >= 0 && surplus > 0; at--) {
    const wide = widths[at] ?? 0;
    const narrow = Math.min(wide, Math.max(NARROWEST, longestWord(rows, at), wide - surplus));
    widths[at] = narrow;
    surplus -= wide - narrow;
  }
  return widths;
}

function longestWord(rows: readonly (readonly string[])[], at: number): number {
  const words = rows.flatMap((row) => (row[at] ?? '').split(/\s+/));
  return Math.max(0, ...words.map((word) => word.length));
}
