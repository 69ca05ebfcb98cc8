/**
 * Milliseconds of processor time that it takes at best: neither what else the machine does nor a moment in which it stands
 * still is a time of its own.
 */
export function leastTime(work: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
