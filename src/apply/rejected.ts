import { readSite } from '../config/read-site.ts';
import type { Site } from '../config/site.ts';
import { type Host, HostError } from '../host/host.ts';
import { Refusal } from './refusal.ts';
import { stampOf } from './site-stamp.ts';
import { readRecord, removeRecord, writeRecord } from './state-dir.ts';

/** The site that was rolled back. Its files say what they said, and a monitor that takes them up would make it again. */
interface Rejected {
  readonly version: 1;
  readonly stamp: string;
}

const RECORD = 'rejected.json';

/** Notes the site as its files are now; what cannot be read is taken up by nobody. */
export function rejectSite(host: Host, file: string): void {
  const site = readQuietly(host, file);
  if (site === undefined) return;
  const record: Rejected = { version: 1, stamp: stampOf(host, site) };
  try {
    writeRecord(host, RECORD, record);
  } catch (error) {
    // The way back needs no room on a disk that may be full.
    if (!(error instanceof Refusal)) throw error;
  }
}

/** Until it is written again, or somebody asks for it all the same. */
export function isRejected(host: Host, site: Site): boolean {
  return readRecord<Rejected>(host, RECORD, 1)?.stamp === stampOf(host, site);
}

export function forgetRejected(host: Host): void {
  removeRecord(host, RECORD);
}

function readQuietly(host: Host, file: string): Site | undefined {
  try {
    return readSite(file, host.readFile, host.listDirectory).site;
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
