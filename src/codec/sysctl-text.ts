import type { Sysctl } from '../kernel/state.ts';
import type { Diagnostic } from '../net/diagnostic.ts';
import { textLines } from './text-lines.ts';

/** Reads `sysctl -a` or sysctl.conf(5): `key = value`, with `/` or `.` between the parts, `;` beginning a comment. */
export function readSysctlText(
  text: string,
  file: string,
): { readonly sysctls: readonly Sysctl[]; readonly problems: readonly Diagnostic[] } {
  const found = new Map<string, string>();
  const problems: Diagnostic[] = [];
  for (const { line, start, end } of textLines(text)) {
    if (line.startsWith(';')) continue;
    const [, key, value] = /^-?([\w./:@+-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined)
      problems.push({ message: "this is no line 'key = value'", span: { file, start, end } });
    else found.set(canonical(key), value.replace(/\t/g, ' '));
  }
  return { sysctls: [...found].map(([key, value]) => ({ key, value })), problems };
}

/** sysctl(8) takes the first separator it meets for the separator of the whole key, and the other for a letter. */
function canonical(key: string): string {
  if (key.search(/[./]/) === -1 || key.charAt(key.search(/[./]/)) === '.') return key;
  return key.replaceAll(/[./]/g, (sign) => (sign === '/' ? '.' : '/'));
}
