import { isRight, type Tried } from './try-job.ts';

const COLUMNS = ['found', 'silent', 'missed', 'false alarm', 'refused', 'left-unsaved'] as const;
type Column = (typeof COLUMNS)[number];

/** What kernel and lint say of mutants: found and silent are right, missed and false alarms are wrong. */
export class Matrix {
  private readonly rows = new Map<string, Map<Column, number>>();

  add(tried: Tried, broken: boolean): void {
    const { frontend, family } = tried.subject;
    const name = `${frontend} ${family}`;
    const row = this.rows.get(name) ?? new Map<Column, number>();
    this.rows.set(name, row);
    const column = columnOf(tried, broken);
    row.set(column, (row.get(column) ?? 0) + 1);
    // A warning beside silence or an error: what heals by the first reply.
    if (tried.findings.some(({ check }) => check === 'left-unsaved'))
      row.set('left-unsaved', (row.get('left-unsaved') ?? 0) + 1);
  }

  count(column: Column): number {
    return [...this.rows.values()].reduce((sum, row) => sum + (row.get(column) ?? 0), 0);
  }

  text(): string {
    const lines = [...this.rows].map(([name, row]) => [
      name,
      ...COLUMNS.map((column) => String(row.get(column) ?? 0)),
    ]);
    const table = [
      ['', ...COLUMNS],
      ...lines.sort(),
      ['all', ...COLUMNS.map((column) => String(this.count(column)))],
    ];
    return table
      .map(([name = '', ...cells]) => `${name.padEnd(22)}${cells.map((cell) => cell.padStart(14)).join('')}`)
      .join('\n');
  }
}

function columnOf(tried: Tried, broken: boolean): Column {
  if (tried.refused !== undefined) return 'refused';
  const right = isRight(tried, broken);
  if (broken) return right ? 'found' : 'missed';
  return right ? 'silent' : 'false alarm';
}
