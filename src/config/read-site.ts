import type { Diagnostic, Sources } from '../net/diagnostic.ts';
import { DEFAULT_PRIORITY } from './defaults.ts';
import { inOrder } from './in-order.ts';
import { isRefused } from './is-refused.ts';
import { type FileAccess, type Gathered, type OpenedFile, openFile } from './open-file.ts';
import { besideSite, profilePaths, reportUnread } from './profile-paths.ts';
import { isPruned } from './prune.ts';
import { checkForwards } from './read/check-forwards.ts';
import { checkWans } from './read/check-wans.ts';
import { readExpectations } from './read/read-expectations.ts';
import { readForwards, readNotrack } from './read/read-forwards.ts';
import { readHooks } from './read/read-hooks.ts';
import { readLan } from './read/read-lan.ts';
import { readMarkMask } from './read/read-mark-mask.ts';
import { readPolicies } from './read/read-policies.ts';
import { type ReadWan, readProfile } from './read/read-profile.ts';
import { readSteering } from './read/read-steering.ts';
import { located, numberAt, scalarAt } from './read/read-values.ts';
import { checkReference, type Names, originOf, type Reading } from './read/reading.ts';
import { profileSchema } from './schema/profile-schema.ts';
import { siteSchema } from './schema/site-schema.ts';
import type { Backend, Origin, Site, SiteOrigins } from './site.ts';
import { child, textAt, type YamlNode } from './yaml-node.ts';

export interface SiteReading {
  /** Present when there is no diagnostic at all. */
  readonly site?: Site;
  /** In the order of the files and of the places in them. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

/** Reads a site and its profiles, and reports everything that is wrong with any of them at once. */
export function readSite(file: string, read: FileAccess['read'], list: FileAccess['list']): SiteReading {
  const gathered: Gathered = { sources: new Map(), diagnostics: [] };
  const { sources, diagnostics } = gathered;
  const text = read(file);
  if (typeof text !== 'string') {
    const span = { file, start: 0, end: 0 };
    return { diagnostics: [{ message: text?.why ?? 'no such file', span }], sources };
  }
  const name = file.slice(file.lastIndexOf('/') + 1);
  const opened = openFile(gathered, { path: file, name, text }, siteSchema());
  const { profiles, complete, order } = openProfiles(gathered, file, opened, { read, list });
  const wans = profiles.flatMap(({ reading, root }): ReadWan[] => {
    const wan = root === undefined ? undefined : readProfile(reading, root);
    return wan === undefined ? [] : [wan];
  });
  const names: Names = {
    kind: 'WAN',
    known: new Set(profiles.flatMap(({ written }) => textAt(written, 'name')?.value ?? [])),
    // A name that was refused itself may be the one that others refer to.
    complete: complete && profiles.every(({ root }) => textAt(root, 'name') !== undefined),
  };
  const site = opened.root === undefined ? undefined : readSiteFile(file, opened, opened.root, wans, names);
  if (site === undefined) checkWans(wans, 0, []);
  return diagnostics.length > 0 || site === undefined
    ? { diagnostics: inOrder(diagnostics, [file, ...order]), sources }
    : { site, diagnostics, sources };
}

interface Profiles {
  readonly profiles: readonly OpenedFile[];
  /** False when a profile is missing, so that there may be WANs nobody knows of here. */
  readonly complete: boolean;
  /** All paths, of what could be read and what could not. */
  readonly order: readonly string[];
}

function openProfiles(gathered: Gathered, file: string, site: OpenedFile, access: FileAccess): Profiles {
  const paths = profilePaths(file, site, access);
  const profiles = paths.flatMap((profile) => {
    const path = besideSite(file, profile.name);
    const text = access.read(path);
    if (typeof text === 'string')
      return openFile(gathered, { path, name: profile.name, text }, profileSchema());
    reportUnread(site.reading, file, profile, text, access);
    return [];
  });
  return {
    profiles,
    complete: paths.length > 0 && profiles.length === paths.length,
    order: paths.map(({ name }) => besideSite(file, name)),
  };
}

function readSiteFile(
  file: string,
  { reading, written }: OpenedFile,
  root: YamlNode,
  wans: readonly ReadWan[],
  wanNames: Names,
): Site {
  const lan = readLan(reading, root);
  const markMask = readMarkMask(reading, root, wans.length);
  checkWans(wans, markMask, lan);
  const forwards = readForwards(reading, root);
  checkForwards(wans, reading, forwards, wanNames.complete && wans.length === wanNames.known.size);
  // Where some interfaces of lan were refused, rules may name any.
  const entries = isRefused(root, 'lan') || isPruned(child(root, 'lan')) ? ['+'] : lan;
  const policyNames = namesOfPolicies(written, root);
  const localTraffic = scalarAt(root, 'local_traffic');
  if (localTraffic !== undefined) checkReference(reading, located(localTraffic), policyNames);
  return {
    file,
    backend: backendOf(scalarAt(root, 'backend')?.text),
    lan,
    wans: wans.map(({ wan }) => wan),
    markMask,
    priority: numberAt(root, 'priority')?.value ?? DEFAULT_PRIORITY,
    ...(localTraffic === undefined ? {} : { localTraffic: located(localTraffic) }),
    policies: readPolicies(reading, root, wanNames),
    steering: readSteering(reading, root, policyNames, entries),
    portForwards: forwards.map(({ forward }) => forward),
    notrack: readNotrack(reading, root),
    expect: readExpectations(reading, root, wanNames, entries),
    hooks: readHooks(child(root, 'hooks')),
    origins: originsOf(reading, root),
  };
}

function originsOf(reading: Reading, root: YamlNode): SiteOrigins {
  const origin = (name?: string): Origin => {
    const key = root.kind === 'map' ? root.entries.find(({ key }) => key.value === name)?.key : undefined;
    return originOf(reading, key?.span ?? root.span);
  };
  return {
    site: origin(),
    lan: origin('lan'),
    steering: origin('steering'),
    localTraffic: origin('local_traffic'),
  };
}

/** Every policy that is named, even one that is wrong inside. */
function namesOfPolicies(written: YamlNode | undefined, root: YamlNode): Names {
  const node = child(written, 'policies');
  const names = node?.kind === 'map' ? node.entries.map(({ key }) => key.value) : [];
  return { kind: 'policy', known: new Set(names), complete: !isRefused(root, 'policies') };
}

function backendOf(text: string | undefined): Backend | 'auto' {
  return text === 'nftables' || text === 'iptables' ? text : 'auto';
}
