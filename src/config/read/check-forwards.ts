import type { ReadForward } from './read-forwards.ts';
import type { ReadWan } from './read-profile.ts';
import { type Reading, report } from './reading.ts';

/**
 * No two forwards may claim one port of a WAN, and a site-wide one needs a WAN of its family: that only shows when all WANs
 * are known (`allRead`).
 */
export function checkForwards(
  wans: readonly ReadWan[],
  siteReading: Reading,
  siteForwards: readonly ReadForward[],
  allRead: boolean,
): void {
  const reported = new Set<ReadForward>();
  const all = siteForwards.map((read) => ({ read, reading: siteReading }));
  checkOverlaps(all, reported);
  for (const { wan, reading, forwards } of wans) {
    const fitting = all.filter(({ read }) => wan.families.includes(read.forward.to.family));
    checkOverlaps([...fitting, ...forwards.map((read) => ({ read, reading }))], reported);
  }
  for (const { forward, to } of siteForwards)
    if (allRead && wans.length > 0 && wans.every(({ wan }) => !wan.families.includes(forward.to.family)))
      report(siteReading, to.span, `no WAN has ${forward.to.family}`);
}

function checkOverlaps(
  all: readonly { readonly read: ReadForward; readonly reading: Reading }[],
  reported: Set<ReadForward>,
): void {
  all.forEach(({ read, reading }, index) => {
    if (reported.has(read)) return;
    const other = all.slice(0, index).find((before) => overlaps(before.read, read));
    if (other === undefined) return;
    reported.add(read);
    const { file, line } = other.read.forward.origin;
    const message = `${read.forward.protocol} port ${read.port.text} is forwarded already (${file}:${line})`;
    report(reading, read.port.span, message);
  });
}

function overlaps({ forward: a }: ReadForward, { forward: b }: ReadForward): boolean {
  return (
    a.protocol === b.protocol &&
    a.to.family === b.to.family &&
    a.port.from <= b.port.to &&
    b.port.from <= a.port.to
  );
}
