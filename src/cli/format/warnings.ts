import type { PlanWarning } from '../../plan/plan.ts';

/** `profiles/lte.yaml:1: warning: …`, one line each. */
export function formatWarnings(warnings: readonly PlanWarning[]): string {
  return warnings
    .map(({ message, origin }) => {
      const place = origin === undefined ? '' : `${origin.file}:${origin.line}: `;
      return `${place}warning: ${message}\n`;
    })
    .join('');
}

export function warningsAsData(warnings: readonly PlanWarning[]) {
  return warnings.map(({ message, origin, wan }) => ({
    message,
    ...(origin === undefined ? {} : { file: origin.file, line: origin.line }),
    ...(wan === undefined ? {} : { wan }),
  }));
}
