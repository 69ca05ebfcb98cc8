/** Reading waits for programs (nft), so that a few are on their way at once. */
export const AT_ONCE = 4;

/** Does `work` on a few items at once, and hands on what comes of them in their order. */
export async function inTurn<T, R>(
  items: readonly T[],
  work: (item: T, at: number) => Promise<R>,
  take: (result: R, item: T, at: number) => void,
): Promise<void> {
  const running: Promise<R>[] = [];
  let next = 0;
  for (const [at, item] of items.entries()) {
    for (; next < items.length && next < at + AT_ONCE; next += 1) {
      const upcoming = items[next];
      if (upcoming !== undefined) running.push(work(upcoming, next));
    }
    const first = running.shift();
    if (first !== undefined) take(await first, item, at);
  }
}
