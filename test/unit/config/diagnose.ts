import { formatDiagnostic } from '../../../src/config/format-diagnostic.ts';
import { readSite, type SiteReading } from '../../../src/config/read-site.ts';
import { lineAndColumn } from '../../../src/net/span.ts';

/** Reads a site from texts by path. */
export function readFiles(files: Readonly<Record<string, string>>): SiteReading {
  return readSite(
    'polywan.yaml',
    (path) => files[path],
    (directory) => {
      const prefix = directory === '.' ? '' : `${directory}/`;
      const names = Object.keys(files).flatMap((path) =>
        path.startsWith(prefix) && !path.slice(prefix.length).includes('/')
          ? [path.slice(prefix.length)]
          : [],
      );
      return names.length > 0 ? names.sort() : undefined;
    },
  );
}

/** Each diagnostic on one line: `file:line:col: message (nearest)`. */
export function diagnose(files: Readonly<Record<string, string>>): string[] {
  const { diagnostics, sources } = readFiles(files);
  return diagnostics.map(({ message, span, nearest }) => {
    const { line, column } = lineAndColumn(sources.get(span.file) ?? '', span.start);
    return `${span.file}:${line}:${column}: ${message}${nearest === undefined ? '' : ` (${nearest})`}`;
  });
}

/** As printed, without colour. */
export function printed(files: Readonly<Record<string, string>>): string {
  const { diagnostics, sources } = readFiles(files);
  return diagnostics.map((each) => formatDiagnostic(each, sources, { color: false })).join('\n');
}

export const FIBER = 'name: fiber\ninterface: wan0\n';
export const CABLE = 'name: cable\ninterface: wan1\n';
export const SITE =
  'version: 1\nlan: [lan0]\npolicies: { balanced: { members: [{ wan: fiber }, { wan: cable }] } }\n';

/** A site that is written out, with the profile of fiber beside it. */
export function wholeSite(site: string): Record<string, string> {
  return { 'polywan.yaml': site, 'profiles/fiber.yaml': FIBER };
}

/** A right site of two WANs, with lines added to the site (from line 4) or to the profile of fiber (from line 3). */
export function files(more: { site?: string; fiber?: string; cable?: string }): Record<string, string> {
  return {
    'polywan.yaml': SITE + (more.site ?? ''),
    'profiles/cable.yaml': CABLE + (more.cable ?? ''),
    'profiles/fiber.yaml': FIBER + (more.fiber ?? ''),
  };
}
