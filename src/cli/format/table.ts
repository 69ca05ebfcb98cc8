import { wrap } from './wrap.ts';

/** Between two columns. */
export const GAP = '  ';

/**
 * Rows of plain text in aligned columns. Columns are as wide as their widest cell; where that is too much for `width`,
 * the last column is wrapped.
 */
export function table(rows: readonly (readonly string[])[], width: number): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(0, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const before = widths.slice(0, -1).reduce((sum, column) => sum + column + GAP.length, 0);
  // Below a dozen columns wrapped words are harder to read than a long line.
  const last = Math.max(12, Math.min(widths.at(-1) ?? 0, width - before));
  return rows
    .flatMap((row) => {
      const lead = widths.slice(0, -1).map((column, at) => (row[at] ?? '').padEnd(column));
      const lines = wrap(row[columns - 1] ?? '', last);
      return [
        [...lead, lines[0] ?? ''].join(GAP).trimEnd(),
        ...lines.slice(1).map((line) => ' '.repeat(before) + line),
      ];
    })
    .map((line) => `${line}\n`)
    .join('');
}
