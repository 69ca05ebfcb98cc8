import type { Diagnostic, Sources } from '../net/diagnostic.ts';
import { checkShape } from './check-shape.ts';
import { DEFAULT_PRIORITY } from './defaults.ts';
import { nearest } from './nearest.ts';
import { checkForwards } from './read/check-forwards.ts';
import { checkWans } from './read/check-wans.ts';
import { readExpectations } from './read/read-expectations.ts';
import { readForwards, readNotrack } from './read/read-forwards.ts';
import { readHooks } from './read/read-hooks.ts';
import { readMarkMask } from './read/read-mark-mask.ts';
import { readPolicies } from './read/read-policies.ts';
import { type ReadWan, readProfile } from './read/read-profile.ts';
import { readSteering } from './read/read-steering.ts';
import { located, numberAt, scalarAt } from './read/read-values.ts';
import { checkReference, type Names, type Reading, report } from './read/reading.ts';
import { profileSchema } from './schema/profile-schema.ts';
import { siteSchema } from './schema/site-schema.ts';
import type { Backend, Located, Site } from './site.ts';
import { readYaml } from './yaml.ts';
import { child, scalarsOf, textAt, type YamlMap, type YamlNode } from './yaml-node.ts';

export interface SiteReading {
  /** Present when there is no diagnostic at all. */
  readonly site?: Site;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

/** A file that was opened: its tree without what is wrong, and every name it may have given a WAN. */
interface OpenedFile {
  readonly reading: Reading;
  readonly root?: YamlNode;
  /** The `name` of a profile, even of one that is wrong elsewhere. */
  readonly name?: string;
}

/** Access to files, passed in: undefined when there is no such file or directory. */
export interface FileAccess {
  readonly read: (path: string) => string | undefined;
  readonly list: (directory: string) => readonly string[] | undefined;
}

/** Reads a site and its profiles, and reports everything that is wrong with any of them at once. */
export function readSite(file: string, read: FileAccess['read'], list: FileAccess['list']): SiteReading {
  const sources = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const access = { read, list };
  const open = (path: string, name: string, schema: Schema) =>
    openFile({ path, name, schema, access, sources, diagnostics });
  const opened = open(file, baseName(file), siteSchema());
  if (opened === undefined) {
    diagnostics.push({ message: 'no such file', span: { file, start: 0, end: 0 } });
    return { diagnostics, sources };
  }
  const paths = profilePaths(file, opened, access);
  const profiles = paths.flatMap(({ name, place }) => {
    const path = resolve(file, name);
    const profile = open(path, name, profileSchema());
    if (profile === undefined && place !== undefined)
      report(opened.reading, place.span, `no such file: ${path}`, nearestFile(file, name, access));
    return profile ?? [];
  });
  const complete = profiles.length === paths.length && profiles.every(({ name }) => name !== undefined);
  const site = assemble(file, opened, profiles, complete);
  return diagnostics.length > 0 || site === undefined
    ? { diagnostics: sorted(diagnostics, [...sources.keys()]), sources }
    : { site, diagnostics, sources };
}

type Schema = ReturnType<typeof siteSchema> | ReturnType<typeof profileSchema>;

interface Opening {
  readonly path: string;
  readonly name: string;
  readonly schema: Schema;
  readonly access: FileAccess;
  readonly sources: Map<string, string>;
  readonly diagnostics: Diagnostic[];
}

function openFile({ path, name, schema, access, sources, diagnostics }: Opening): OpenedFile | undefined {
  const text = access.read(path);
  if (text === undefined) return undefined;
  sources.set(path, text);
  const reading: Reading = { name, text, diagnostics };
  const yaml = readYaml(path, text);
  diagnostics.push(...yaml.diagnostics);
  if (yaml.root === undefined) {
    if (yaml.diagnostics.length === 0) report(reading, { file: path, start: 0, end: 0 }, 'the file is empty');
    return { reading };
  }
  const shape = checkShape(yaml.root, schema);
  // A value that YAML already stumbled over needs no second report at the same place.
  const told = new Set(yaml.diagnostics.map(({ span }) => span.start));
  diagnostics.push(...shape.diagnostics.filter(({ span }) => !told.has(span.start)));
  const written = textAt(yaml.root, 'name')?.value;
  return {
    reading,
    ...(shape.root === undefined ? {} : { root: shape.root }),
    ...(written === undefined ? {} : { name: written }),
  };
}

/** The `profiles` list, or every profile beside the site. Without a place a path was found, not written. */
function profilePaths(
  file: string,
  site: OpenedFile,
  access: FileAccess,
): readonly { readonly name: string; readonly place?: Located<string> }[] {
  const node = child(site.root, 'profiles');
  if (node !== undefined) {
    const seen = new Set<string>();
    return scalarsOf(node).flatMap((scalar) => {
      const path = resolve(file, scalar.text);
      if (seen.has(path)) report(site.reading, scalar.span, `"${scalar.text}" is listed twice`);
      const again = seen.has(path);
      seen.add(path);
      return again ? [] : [{ name: scalar.text, place: located(scalar) }];
    });
  }
  const found = (access.list(resolve(file, 'profiles')) ?? []).filter((name) => /\.ya?ml$/.test(name));
  if (found.length === 0 && site.root !== undefined)
    report(site.reading, headOf(site.root), 'no profiles: neither named here nor found as profiles/*.yaml');
  return found.map((name) => ({ name: `profiles/${name}` }));
}

function nearestFile(file: string, name: string, access: FileAccess): string | undefined {
  const directory = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : '';
  const names = access.list(resolve(file, directory) || '.') ?? [];
  return nearest(
    name,
    names.map((each) => (directory === '' ? each : `${directory}/${each}`)),
  );
}

function assemble(
  file: string,
  opened: OpenedFile,
  profiles: readonly OpenedFile[],
  complete: boolean,
): Site | undefined {
  const { reading, root } = opened;
  const wans = profiles.flatMap((profile): ReadWan[] => {
    const wan = profile.root === undefined ? undefined : readProfile(profile.reading, profile.root);
    return wan === undefined ? [] : [wan];
  });
  if (root === undefined) {
    checkWans(wans, 0, []);
    return undefined;
  }
  const wanNames: Names = {
    kind: 'WAN',
    known: new Set(profiles.flatMap(({ name }) => name ?? [])),
    complete,
  };
  const lan = scalarsOf(child(root, 'lan')).map((scalar) => scalar.text);
  const markMask = readMarkMask(reading, root, profiles.length);
  checkWans(wans, markMask, lan);
  const siteForwards = readForwards(reading, root);
  checkForwards(wans, reading, siteForwards);
  const policies = readPolicies(reading, root, wanNames);
  const policyNames: Names = {
    kind: 'policy',
    known: new Set(policies.map(({ name }) => name)),
    complete:
      !isPruned(child(root, 'policies')) && !(isPruned(root) && child(root, 'policies') === undefined),
  };
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
    policies,
    steering: readSteering(reading, root, policyNames, lan),
    portForwards: siteForwards.map(({ forward }) => forward),
    notrack: readNotrack(reading, root),
    expect: readExpectations(reading, root, wanNames, lan),
    hooks: readHooks(child(root, 'hooks')),
  };
}

function isPruned(node: YamlNode | undefined): boolean {
  return (node as YamlMap | undefined)?.pruned === true;
}

function backendOf(text: string | undefined): Backend | 'auto' {
  return text === 'nftables' || text === 'iptables' ? text : 'auto';
}

function headOf(root: YamlNode) {
  return (root.kind === 'map' ? root.entries[0]?.key.span : undefined) ?? root.span;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A path of the site, which is relative to the site's own folder. */
function resolve(file: string, path: string): string {
  if (path.startsWith('/')) return path;
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/') + 1) : '';
  return folder + path.replace(/^(?:\.\/)+/, '');
}

/** In the order a person goes through the files: the site, then the profiles, each from top to bottom. */
function sorted(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) => files.indexOf(a.span.file) - files.indexOf(b.span.file) || a.span.start - b.span.start,
  );
}
