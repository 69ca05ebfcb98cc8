import type { Way } from '../model/trace-exits.ts';
import type { Cell, Verification, VerifyRow } from '../model/verify-site.ts';
import { several } from './several.ts';
import { GAP, table } from './table.ts';
import { lines } from './text-lines.ts';

/** The name of a rule that is longer would push the last WAN out of 80 columns. */
const MAX_NAME = 20;

/** All sets of failures are shown where they are few; of more, each WAN alone and all together. */
const MOST_COLUMNS = 8;

/** The matrix, what is wrong in it, and one line for the whole. Expectations are printed by their caller. */
export function formatVerification(verification: Verification, width: number): string {
  const { states, rows, untried } = verification;
  return [
    ...tables(verification, width),
    ...wrongLines(states, rows, width),
    ...untried.map((text) => lines(`- ${text}`, '', width)),
  ].join('');
}

/** One table when all columns fit beside each other, else several below each other. */
function tables({ states, rows }: Verification, width: number): readonly string[] {
  const labels = rows.map(labelOf);
  const lead = Math.max(4, ...labels.map((label) => label.length));
  const shown = shownStates(states);
  const columns = shown.map((at) => [
    stateName(states[at] ?? [], states),
    ...rows.map((row) => cellText(row.cells[at], width - lead - GAP.length)),
  ]);
  if (shown.length < states.length)
    columns.push([`all ${states.length} sets`, ...rows.map((row) => countText(row.cells))]);
  const groups: string[][][] = [];
  let room = 0;
  for (const column of columns) {
    const size = Math.max(...column.map((cell) => cell.length)) + GAP.length;
    if (size > room || groups.length === 0) {
      groups.push([]);
      room = width - lead;
    }
    room -= size;
    groups.at(-1)?.push(column);
  }
  return groups.map((group, at) => {
    const body = ['', ...labels].map((label, row) => [label, ...group.map((column) => column[row] ?? '')]);
    return (at === 0 ? '' : '\n') + table(body, width);
  });
}

function shownStates(states: Verification['states']): readonly number[] {
  const all = states.map((_, at) => at);
  if (states.length <= MOST_COLUMNS) return all;
  return all.filter((at) => (states[at]?.length ?? 0) < 2 || at === states.length - 1);
}

function stateName(down: readonly string[], states: Verification['states']): string {
  if (down.length === 0) return 'nothing down';
  return down.length > 1 && down === states.at(-1) ? 'all down' : `${down.join('+')} down`;
}

export function labelOf({ flow }: VerifyRow): string {
  const { kind, label, family } = flow;
  // Ports, which end its label, tell one forward from another.
  if (kind === 'forward') return `forward ${label} ${family}`;
  const name = label.length > MAX_NAME ? `${label.slice(0, MAX_NAME - 1)}~` : label;
  return `${name} ${family}`;
}

function cellText(cell: Cell | undefined, room: number): string {
  if (cell === undefined) return '';
  const mark = cell.wrong === undefined ? '' : '! ';
  return mark + several(cell.exits.ways.map(sayWay), room - mark.length);
}

export function sayWays(ways: readonly Way[]): string {
  return [...new Set(ways.map(sayWay))].sort().join('+');
}

function sayWay(way: Way): string {
  if (way.kind === 'wan') return way.wan;
  return way.kind === 'other' ? way.text : way.kind;
}

function countText(cells: readonly Cell[]): string {
  const wrong = cells.filter((cell) => cell.wrong !== undefined).length;
  return wrong === 0 ? 'ok' : `! ${wrong} wrong`;
}

/** Each reason once for a row, with the smallest failure that shows it. */
function wrongLines(
  states: Verification['states'],
  rows: readonly VerifyRow[],
  width: number,
): readonly string[] {
  const said = rows.flatMap((row) => {
    const reasons = new Map<string, { readonly at: number; count: number }>();
    for (const [at, { wrong }] of row.cells.entries()) {
      if (wrong === undefined) continue;
      const known = reasons.get(wrong);
      if (known === undefined) reasons.set(wrong, { at, count: 1 });
      else known.count += 1;
    }
    return [...reasons].map(([reason, { at, count }]) => {
      const more = count === 1 ? '' : ` (and in ${count - 1} more)`;
      return lines(`! ${labelOf(row)}, ${stateName(states[at] ?? [], states)}${more}: ${reason}`, '', width);
    });
  });
  return said.length === 0 ? [] : ['\n', ...said];
}
