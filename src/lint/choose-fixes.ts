import type { Edit, Finding } from './finding.ts';

/** Fixes that can be made at once: none changes what another changes. Two findings with one cure share it. */
export function chooseFixes(findings: readonly Finding[]): {
  readonly chosen: readonly Finding[];
  readonly edits: readonly Edit[];
} {
  const chosen: Finding[] = [];
  const edits: Edit[] = [];
  for (const finding of findings) {
    const wanted = finding.fix ?? [];
    const fresh = wanted.filter((edit) => !edits.some((other) => isSame(edit, other)));
    if (wanted.length === 0 || fresh.some((edit) => edits.some((other) => touch(edit, other)))) continue;
    chosen.push(finding);
    edits.push(...fresh);
  }
  return { chosen, edits };
}

function isSame(a: Edit, b: Edit): boolean {
  return (
    a.text === b.text &&
    a.span.file === b.span.file &&
    a.span.start === b.span.start &&
    a.span.end === b.span.end
  );
}

/** Two that meet at one offset touch as well: which comes first is not said. */
function touch({ span: a }: Edit, { span: b }: Edit): boolean {
  return a.file === b.file && a.start <= b.end && b.start <= a.end;
}
