import type { Backend } from '../config/site.ts';
import type { Host } from '../host/host.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import type { IptablesFrontend } from './change.ts';
import { featureText, IPTABLES_PROBE, NFT_FEATURES } from './features.ts';
import { findProgram } from './find-program.ts';
import { iptablesFrontend, iptablesProgram, loadedLegacyTables } from './iptables-program.ts';
import { isDenied, pipe, runAsRoot, saidBy } from './pipe.ts';
import { Refusal } from './refusal.ts';
import { readRecord, removeRecord, writeRecordIfPossible } from './state-dir.ts';

/** The backend an apply uses, and why in words a person reads. */
export interface BackendChoice {
  readonly backend: Backend;
  readonly reason: string;
  /** Set for the iptables backend. */
  readonly frontend?: IptablesFrontend;
}

const RECORD = 'backend.json';

/** What `nft` here can do, as long as kernel and program stay the same. */
interface ProbeRecord {
  readonly version: 1;
  readonly key: string;
  readonly missing: readonly string[];
}

/** Chooses for `auto`, and proves that a forced choice can work; refuses with the name of what is missing. */
export async function chooseBackend(host: Host, wanted: Backend | 'auto'): Promise<BackendChoice> {
  if (wanted === 'iptables') return iptablesChoice(host, 'the site asks for it');
  const lack = await lackOfNft(host);
  if (lack === undefined) {
    const reason = wanted === 'auto' ? 'this kernel and nft have all it needs' : 'the site asks for it';
    return { backend: 'nftables', reason };
  }
  if (wanted === 'nftables') throw new Refusal(`the backend nftables cannot be used; ${lack}`);
  return iptablesChoice(host, lack);
}

async function iptablesChoice(host: Host, reason: string): Promise<BackendChoice> {
  const frontend = iptablesFrontend(host);
  const families: readonly Family[] =
    host.listDirectory('/proc/sys/net/ipv6') === undefined ? ['ipv4'] : FAMILIES;
  for (const family of families) {
    const program = iptablesProgram(frontend, family, 'restore');
    const result = await pipe(host, program, ['--test', '--noflush', '--wait'], IPTABLES_PROBE);
    if (result.code !== 0) throw new Refusal(probeRefusal(program, saidBy(result), reason));
  }
  return { backend: 'iptables', reason: reason + besideLegacy(host, frontend), frontend };
}

/** Both front ends' rules run when both are loaded (kernel-facts 1.3); whoever looks at one only should know. */
function besideLegacy(host: Host, frontend: IptablesFrontend): string {
  if (frontend === 'iptables-legacy') return '';
  const loaded = loadedLegacyTables(host);
  return loaded === '' ? '' : `; iptables-legacy tables are loaded beside it and run too: ${loaded}`;
}

function probeRefusal(program: string, said: string, reason: string): string {
  if (isDenied(said)) return runAsRoot(program, said);
  return `the backend iptables cannot be used (${reason}): ${program} refuses: ${said}`;
}

/** What keeps polywan from nftables here, in words; undefined when nothing does. */
async function lackOfNft(host: Host): Promise<string | undefined> {
  const program = findProgram(host, 'nft');
  if (program === undefined) return lackOf(['the program nft (Debian package nftables)']);
  const release = host.readFile('/proc/sys/kernel/osrelease')?.trim() ?? '';
  const key = `${release} ${program.realPath} ${program.stamp}`;
  const known = knownProbe(host);
  if (known?.key === key) return lackOf(known.missing);
  const refused = await probe(host);
  const missing = [...refused.keys()];
  // Then no feature is what is missing, and it may be another time.
  if (missing.length === NFT_FEATURES.length)
    return `nft refuses everything here: ${refused.get(missing[0] ?? '')}`;
  rememberProbe(host, { version: 1, key, missing });
  return lackOf(missing);
}

function lackOf(missing: readonly string[]): string | undefined {
  return missing.length === 0 ? undefined : `nftables lacks here: ${missing.join(', ')}`;
}

/**
 * Features by name that nft refuses, with its words. All are in one question; only when that is refused, one question
 * each names what is missing.
 */
async function probe(host: Host): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  if ((await refusalOf(host, featureText(NFT_FEATURES))) === undefined) return refused;
  for (const feature of NFT_FEATURES) {
    const said = await refusalOf(host, featureText([feature]));
    if (said !== undefined) refused.set(feature.name, said);
  }
  return refused;
}

/** What a machine says that is short of something for the moment. */
const PASSING = /memory|temporarily|interrupted|too many open files/i;

/** What nft says against a text; undefined when it takes it. An end that says nothing of the text is refused by itself. */
async function refusalOf(host: Host, text: string): Promise<string | undefined> {
  const result = await pipe(host, 'nft', ['-c', '-f', '-'], text);
  if (result.code === 0) return undefined;
  const said = saidBy(result);
  if (isDenied(said)) throw new Refusal(runAsRoot('nft', said));
  if (result.code === null || result.stderr.trim() === '' || PASSING.test(said))
    throw new Refusal(
      `nft could not be asked what it can do here: ${said}; nothing was changed, run polywan again when its cause is gone`,
    );
  return said.split('\n')[0];
}

/** Where it cannot be read, nft is asked again. */
function knownProbe(host: Host): ProbeRecord | undefined {
  try {
    return readRecord<ProbeRecord>(host, RECORD, 1, { key: 'string', missing: 'list' });
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Only to be quicker next time: `plan` may run before the state directory is there. */
function rememberProbe(host: Host, record: ProbeRecord): void {
  writeRecordIfPossible(host, RECORD, record);
}

/** What is removed leaves nothing behind; who applies again is asked again. */
export function forgetFeatures(host: Host): void {
  removeRecord(host, RECORD);
}
