import type { PlanWarning } from '../../plan/plan.ts';

/** `home/profiles/lte.yaml:1: warning: …`, one line each: the path as refusals have it, from where the caller stands. */
export function formatWarnings(warnings: readonly PlanWarning[]): string {
  return warnings
    .map(({ message, origin }) => {
      const place = origin === undefined ? '' : `${origin.span.file}:${origin.line}: `;
      return `${place}warning: ${message}\n`;
    })
    .join('');
}

export function warningsAsData(warnings: readonly PlanWarning[]) {
  return warnings.map(({ message, origin, wan }) => ({
    message,
    ...(origin === undefined ? {} : { file: origin.span.file, line: origin.line }),
    ...(wan === undefined ? {} : { wan }),
  }));
}
