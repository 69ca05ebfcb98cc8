import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** `at name (place:row:column)` or `at place:row:column`, as V8 writes each line. */
const FRAME = /^( *at ).*?\(?(\/[^()]*):(\d+):(\d+)\)?$/gm;

/**
 * Names are short in the program's file; places in its sources, by the map beside it, say more. A snapshot knows that file
 * by where it was when the snapshot was taken.
 */
export function inSources(stack: string, program: string): string {
  const map = readMap(`${program}.map`);
  if (map === undefined) return stack;
  return stack.replace(FRAME, (line: string, at: string, path: string, row: string, column: string) => {
    if (basename(path) !== basename(program)) return line;
    const found = map.findEntry(Number(row) - 1, Number(column) - 1);
    if (!('originalSource' in found)) return line;
    const source = found.originalSource.replace(/^(?:\.\.\/)*/, '');
    return `${at}${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}

function readMap(path: string) {
  try {
    const { SourceMap } = process.getBuiltinModule('node:module');
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Without it the places in the program's file have to do.
    return undefined;
  }
}
