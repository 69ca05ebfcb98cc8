import type { Site } from '../../../src/config/site.ts';
import { diagnose, files, readFiles } from './diagnose.ts';

export function read(all: Readonly<Record<string, string>>): Site {
  const { site } = readFiles(all);
  if (site === undefined) throw new Error(diagnose(all).join('\n'));
  return site;
}

export function fiber(lines: string) {
  const wan = read(files({ fiber: lines })).wans.find(({ name }) => name === 'fiber');
  if (wan === undefined) throw new Error('no fiber');
  return wan;
}

export const NONE = { kind: 'none' };
export const MASQUERADE = { kind: 'masquerade' };
