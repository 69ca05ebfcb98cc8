/** Whether one interface name could fit both; a trailing `+` stands for any ending. */
export function patternsMeet(a: string, b: string): boolean {
  const [beginA, beginB] = [a, b].map((pattern) => pattern.replace(/\+$/, ''));
  if (beginA === undefined || beginB === undefined) return false;
  if (a.endsWith('+') && b.endsWith('+')) return beginA.startsWith(beginB) || beginB.startsWith(beginA);
  if (a.endsWith('+')) return b.startsWith(beginA);
  return b.endsWith('+') ? a.startsWith(beginB) : a === b;
}
