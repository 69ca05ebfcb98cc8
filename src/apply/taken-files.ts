import { isOwnFile } from '../kernel/ownership.ts';
import type { OwnedFile } from '../kernel/state.ts';
import type { Plan } from '../plan/plan.ts';

/** The plan without the files that somebody else has written by the same names, which stay as they are. */
export function withoutTakenFiles(plan: Plan, files: readonly OwnedFile[]): Plan {
  const foreign = files.filter((file) => !isOwnFile(file)).map(({ path }) => path);
  const taken = plan.desired.files.filter(({ path }) => foreign.includes(path));
  if (taken.length === 0) return plan;
  const warnings = taken.map(({ path }) => ({
    message: `${path} was not written by polywan and is left as it is: move it away, so that polywan can write its own`,
  }));
  const kept = plan.desired.files.filter((file) => !taken.includes(file));
  return {
    ...plan,
    desired: { ...plan.desired, files: kept },
    warnings: [...plan.warnings, ...warnings],
  };
}
