/** Where a recording's older half goes when it is full. */
export function olderFile(file: string): string {
  return `${file}.1`;
}
