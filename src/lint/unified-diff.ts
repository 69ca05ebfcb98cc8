/** Lines shown around a change, as diff -u has them. */
const CONTEXT = 3;

/** Lines [from, to) of the old text become `lines`. */
interface Change {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

/** What `diff -u` would say of two texts of one file; git apply and patch take it. Empty when they are the same. */
export function unifiedDiff(file: string, before: string, after: string): string {
  if (before === after) return '';
  const old = linesOf(before);
  const changes = changesBetween(old, linesOf(after));
  const name = file.replace(/^(?:\.?\/)+/, '');
  const hunks: string[] = [];
  let shift = 0;
  for (const group of grouped(changes)) {
    hunks.push(hunk(old, group, shift));
    for (const { from, to, lines } of group) shift += lines.length - (to - from);
  }
  return `--- a/${name}\n+++ b/${name}\n${hunks.join('')}`;
}

/** Each with its end, so that a last line without one is another line. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Cures are few and small: walk on while lines are equal, else look for the nearest line both go on with. */
function changesBetween(old: readonly string[], fresh: readonly string[]): readonly Change[] {
  const changes: Change[] = [];
  let a = 0;
  let b = 0;
  while (a < old.length || b < fresh.length) {
    if (a < old.length && old[a] === fresh[b]) {
      a += 1;
      b += 1;
      continue;
    }
    const [nextA, nextB] = meeting(old, fresh, a, b);
    changes.push({ from: a, to: nextA, lines: fresh.slice(b, nextB) });
    a = nextA;
    b = nextB;
  }
  return changes;
}

function meeting(
  old: readonly string[],
  fresh: readonly string[],
  a: number,
  b: number,
): readonly [number, number] {
  const most = old.length - a + fresh.length - b;
  for (let distance = 1; distance < most; distance += 1)
    for (let ahead = 0; ahead <= distance; ahead += 1) {
      const [atA, atB] = [a + distance - ahead, b + ahead];
      if (atA < old.length && atB < fresh.length && old[atA] === fresh[atB]) return [atA, atB];
    }
  return [old.length, fresh.length];
}

/** Changes whose surroundings touch are one hunk. */
function grouped(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    if (last !== undefined && before !== undefined && change.from - before.to <= CONTEXT * 2)
      last.push(change);
    else groups.push([change]);
  }
  return groups;
}

function hunk(old: readonly string[], group: readonly Change[], shift: number): string {
  const start = Math.max(0, (group[0]?.from ?? 0) - CONTEXT);
  const end = Math.min(old.length, (group.at(-1)?.to ?? 0) + CONTEXT);
  const lines: string[] = [];
  let at = start;
  let grown = 0;
  for (const { from, to, lines: fresh } of group) {
    lines.push(...old.slice(at, from).map((line) => ` ${line}`));
    lines.push(...old.slice(from, to).map((line) => `-${line}`), ...fresh.map((line) => `+${line}`));
    grown += fresh.length - (to - from);
    at = to;
  }
  lines.push(...old.slice(at, end).map((line) => ` ${line}`));
  const head = `@@ -${range(start, end - start)} +${range(start + shift, end - start + grown)} @@\n`;
  return (
    head +
    lines.map((line) => (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`)).join('')
  );
}

/** Of no lines at all, the line before counts. */
function range(start: number, length: number): string {
  return `${length === 0 ? start : start + 1},${length}`;
}
