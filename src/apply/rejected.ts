import type { Site } from '../config/site.ts';
import { type Host, HostError } from '../host/host.ts';
import { readSiteHere } from './read-site-here.ts';
import { stampOf } from './site-stamp.ts';
import { readRecord, removeRecord, writeRecordIfPossible } from './state-dir.ts';

/** The site that was rolled back. Its files say what they said, and a monitor that takes them up would make it again. */
interface Rejected {
  readonly version: 1;
  readonly stamp: string;
}

const RECORD = 'rejected.json';

/** Notes the site as its files are now; what cannot be read is taken up by nobody. */
export function rejectSite(host: Host, file: string): void {
  const stamp = stampOfReadable(host, file);
  if (stamp === undefined) return;
  const record: Rejected = { version: 1, stamp };
  // The way back needs no room on a disk that may be full.
  writeRecordIfPossible(host, RECORD, record);
}

/** Until it is written again, or somebody asks for it all the same. */
export function isRejected(host: Host, site: Site): boolean {
  return readRecord<Rejected>(host, RECORD, 1, { stamp: 'string' })?.stamp === stampOf(host, site);
}

export function forgetRejected(host: Host): void {
  removeRecord(host, RECORD);
}

function stampOfReadable(host: Host, file: string): string | undefined {
  try {
    const { site } = readSiteHere(host, file);
    return site === undefined ? undefined : stampOf(host, site);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
