import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSite } from '../../../src/config/read-site.ts';

export const PROFILES = join(import.meta.dirname, '../../../profiles');

export const SITES = readdirSync(join(PROFILES, 'sites')).sort();

export const READY_MADE = readdirSync(PROFILES).filter((name) => name.endsWith('.yaml'));

export function sitePath(name: string): string {
  return join(PROFILES, 'sites', name, 'polywan.yaml');
}

export function readExample(name: string) {
  return readSite(sitePath(name), readText, listNames);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function listNames(directory: string): string[] | undefined {
  try {
    return readdirSync(directory).sort();
  } catch {
    return undefined;
  }
}
