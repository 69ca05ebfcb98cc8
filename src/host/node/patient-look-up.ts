import type { Network } from '../host.ts';

/** By the machine's resolver, however long that takes; undefined when the name has no address of this family. */
type LookUp = (host: string, family: 4 | 6) => Promise<string | undefined>;

/**
 * A resolver that is silent holds one of Node's four threads for many seconds with each name: a name that is being looked up
 * already is not looked up a second time, and nobody waits for it longer than their own timeout.
 */
export function patientLookUp(lookUp: LookUp): Network['lookUp'] {
  const pending = new Map<string, Promise<string | undefined>>();
  const shared: LookUp = (host, family) => {
    const key = `${family} ${host}`;
    const known = pending.get(key);
    if (known !== undefined) return known;
    const asked = lookUp(host, family).finally(() => pending.delete(key));
    pending.set(key, asked);
    return asked;
  };
  return (host, family, timeoutMs) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve('silent'), timeoutMs);
      void shared(host, family).then((address) => {
        clearTimeout(timer);
        resolve(address === undefined ? 'unsent' : { address });
      });
    });
}
