/** A program's name without its folder. */
export function programName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}
