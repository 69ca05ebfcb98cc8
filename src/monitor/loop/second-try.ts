/**
 * A device that goes takes its addresses and routes along one by one: what the kernel refuses meanwhile is tried once more.
 * The first refusal passes in silence (undefined) and `again` is called; further ones are thrown until something is done.
 */
export function secondTry(again: () => void): <T>(work: Promise<T>) => Promise<T | undefined> {
  let isRefused = false;
  return async (work) => {
    try {
      const done = await work;
      isRefused = false;
      return done;
    } catch (error) {
      if (isRefused) throw error;
      isRefused = true;
      again();
      return undefined;
    }
  };
}
