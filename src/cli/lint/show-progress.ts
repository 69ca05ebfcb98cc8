import type { Host } from '../../host/host.ts';
import type { Progress } from './run-lint.ts';

/** A run shorter than this needs no word about how far it is. */
const PATIENCE_MS = 1000;

/** More often than this nobody reads. */
const STEP_MS = 100;

/** `polywan: 120 of 1000 machines` on a terminal, for runs that take long; it is wiped at the end. */
export function showProgress(host: Host): { readonly step: Progress; readonly end: () => void } {
  const started = host.monotonicMs();
  let shown: number | undefined;
  const step: Progress = (done, total) => {
    if (!host.stderr.isTerminal) return;
    const now = host.monotonicMs();
    if (now - started < PATIENCE_MS || now - (shown ?? 0) < STEP_MS) return;
    shown = now;
    host.stderr.write(`\r\u001b[Kpolywan: ${done} of ${total} machines`);
  };
  const end = () => {
    if (shown !== undefined) host.stderr.write('\r\u001b[K');
  };
  return { step, end };
}
