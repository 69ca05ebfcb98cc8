import { diffRouting } from '../../apply/diff.ts';
import { readOwnedFiles } from '../../apply/owned-files.ts';
import { readSysctls } from '../../apply/sysctl.ts';
import { type Host, HostError } from '../../host/host.ts';
import type { KernelState } from '../../kernel/state.ts';

/** Whether somebody took away or changed what was made. */
export interface Drift {
  /** Routes and policy rules, as last seen. */
  ofRouting(own: KernelState, target: KernelState): boolean;
  /** Read now; what this machine does not have is no drift. */
  ofSysctls(target: KernelState): boolean;
  /** Read now; a file that cannot be read is no drift: it could not be put back either. */
  ofFiles(target: KernelState): boolean;
}

export function driftOn(host: Host): Drift {
  /** It is asked again and again of the same two states. */
  let last:
    | { readonly own: KernelState; readonly target: KernelState; readonly drifted: boolean }
    | undefined;
  return {
    ofRouting: (own, target) => {
      if (last?.own !== own || last.target !== target)
        last = { own, target, drifted: diffRouting(own, target).length > 0 };
      return last.drifted;
    },
    ofSysctls: ({ sysctls }) => {
      const keys = sysctls.map(({ key }) => key);
      const values = new Map(readSysctls(host, keys).map(({ key, value }) => [key, value]));
      return sysctls.some(({ key, value }) => (values.get(key) ?? value) !== value);
    },
    ofFiles: ({ files }) =>
      files.some((file) => {
        try {
          return readOwnedFiles(host, [file.path])[0]?.text !== file.text;
        } catch (error) {
          if (error instanceof HostError) return false;
          throw error;
        }
      }),
  };
}
