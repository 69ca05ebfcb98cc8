import type { Diagnostic, Sources } from '../net/diagnostic.ts';
import { DEFAULT_PRIORITY } from './defaults.ts';
import { inOrder } from './in-order.ts';
import { type FileAccess, type OpenedFile, type Opener, openFile } from './open-file.ts';
import { besideSite, nearestFile, profilePaths } from './profile-paths.ts';
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
import { checkReference, type Names, originOf, type Reading, report } from './read/reading.ts';
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
  const opener: Opener = { access: { read, list }, sources: new Map(), diagnostics: [] };
  const { sources, diagnostics } = opener;
  const opened = openFile(opener, file, file.slice(file.lastIndexOf('/') + 1), siteSchema());
  if (opened === undefined) {
    const span = { file, start: 0, end: 0 };
    return { diagnostics: [{ message: 'no such file', span }], sources };
  }
  const { profiles, complete } = openProfiles(opener, file, opened);
  const wans = profiles.flatMap(({ reading, root }): ReadWan[] => {
    const wan = root === undefined ? undefined : readProfile(reading, root);
    return wan === undefined ? [] : [wan];
  });
  const names: Names = {
    kind: 'WAN',
    known: new Set(profiles.flatMap(({ written }) => textAt(written, 'name')?.value ?? [])),
    complete: complete && profiles.every(({ written }) => textAt(written, 'name') !== undefined),
  };
  const site = opened.root === undefined ? undefined : readSiteFile(file, opened, opened.root, wans, names);
  if (site === undefined) checkWans(wans, 0, []);
  return diagnostics.length > 0 || site === undefined
    ? { diagnostics: inOrder(diagnostics, [...sources.keys()]), sources }
    : { site, diagnostics, sources };
}

/** `complete` is false when a profile is missing, so that there may be WANs nobody knows of here. */
function openProfiles(
  opener: Opener,
  file: string,
  site: OpenedFile,
): { readonly profiles: readonly OpenedFile[]; readonly complete: boolean } {
  const paths = profilePaths(file, site, opener.access);
  const profiles = paths.flatMap(({ name, span }) => {
    const path = besideSite(file, name);
    const profile = openFile(opener, path, name, profileSchema());
    if (profile === undefined && span !== undefined)
      report(site.reading, span, `no such file: ${path}`, nearestFile(file, name, opener.access));
    return profile ?? [];
  });
  return { profiles, complete: paths.length > 0 && profiles.length === paths.length };
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
  checkForwards(wans, reading, forwards);
  const policyNames = namesOfPolicies(written);
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
    steering: readSteering(reading, root, policyNames, lan),
    portForwards: forwards.map(({ forward }) => forward),
    notrack: readNotrack(reading, root),
    expect: readExpectations(reading, root, wanNames, lan),
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
function namesOfPolicies(written: YamlNode | undefined): Names {
  const node = child(written, 'policies');
  const names = node?.kind === 'map' ? node.entries.map(({ key }) => key.value) : [];
  return { kind: 'policy', known: new Set(names), complete: node === undefined || node.kind === 'map' };
}

function backendOf(text: string | undefined): Backend | 'auto' {
  return text === 'nftables' || text === 'iptables' ? text : 'auto';
}
