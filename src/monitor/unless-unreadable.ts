import { Refusal } from '../apply/refusal.ts';
import { HostError } from '../host/host.ts';
import { trouble } from './trouble.ts';

/** Does the work and gives what it gives; undefined where a file or a record kept it from that, which is told once. */
export type UnlessUnreadable = <T>(work: () => T) => T | undefined;

/** A daemon that ends because of a file moves no traffic any more: what cannot be read leaves everything as it is. */
export function unlessUnreadable(problem: (message: string) => void): UnlessUnreadable {
  const { met, over } = trouble(problem);
  return (work) => {
    try {
      const result = work();
      over();
      return result;
    } catch (error) {
      if (!(error instanceof HostError || error instanceof Refusal)) throw error;
      met(error.message);
      return undefined;
    }
  };
}
