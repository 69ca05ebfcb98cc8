import { printable } from '../../../config/format-diagnostic.ts';
import { stringWidth } from '../../../net/string-width.ts';
import type { Place, Places } from './places.ts';

/** The line a finding stands on, and the caret below it. */
export interface Excerpt {
  readonly line: string;
  readonly margin: string;
  readonly caret: string;
}

const CUT = '…';

/** Of a line that is wider than `width`, the part that the finding is about. Undefined for an empty line. */
export function excerpt(places: Places, place: Place, width: number): Excerpt | undefined {
  const whole = places.lineText(place.file, place.line);
  const text = whole.trimStart();
  if (text.trim() === '') return undefined;
  const indent = whole.length - text.length;
  const from = Math.max(0, place.column - 1 - indent);
  const end = place.endLine === place.line ? place.endColumn - 1 - indent : text.trimEnd().length;
  const to = Math.min(text.trimEnd().length, Math.max(from + 1, end));
  const window = part(text.trimEnd().replaceAll('\t', ' '), from, to, width);
  const shown = printable(window.text);
  const margin = ' '.repeat(stringWidth(shown.slice(0, window.from)));
  const length = stringWidth(shown.slice(window.from, window.to));
  return { line: shown, margin, caret: '^'.padEnd(length, '~') };
}

/** At most `width` columns around [from, to), with a sign where something was cut off. */
function part(text: string, from: number, to: number, width: number) {
  if (text.length <= width) return { text, from, to };
  // A third of the room goes to what stands before.
  const latest = text.length - (width - CUT.length);
  const start = to <= width - CUT.length ? 0 : Math.max(0, Math.min(from - Math.floor(width / 3), latest));
  const head = start === 0 ? '' : CUT;
  const room = width - head.length;
  const rest = text.slice(start);
  const shown = rest.length <= room ? rest : `${rest.slice(0, room - CUT.length)}${CUT}`;
  const shift = head.length - start;
  return { text: head + shown, from: from + shift, to: Math.min(to + shift, head.length + shown.length) };
}
