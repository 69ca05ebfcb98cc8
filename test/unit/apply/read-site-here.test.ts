import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSiteHere } from '../../../src/apply/read-site-here.ts';
import { HostError } from '../../../src/host/host.ts';
import { nodeHost } from '../../../src/host/node.ts';

const CURE = 'give it another name, or list the profiles of the site under profiles';

describe('a profile that is no file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'polywan-site-'));
    mkdirSync(join(folder, 'profiles/b.yaml'), { recursive: true });
    write('profiles/a.yaml', 'name: fiber\ninterface: wan0\nmetred: yes\n');
    execFileSync('mkfifo', [join(folder, 'profiles/c.yaml')]);
    symlinkSync('d.yaml', join(folder, 'profiles/d.yaml'));
    symlinkSync('nothing.yaml', join(folder, 'profiles/f.yaml'));
    write('profiles/e.yaml', 'name: cable\ninterface: wan1\nmetred: yes\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    writeFileSync(join(folder, path), text);
  }

  /** Each diagnostic after its file, with paths from the folder of the site. */
  function diagnose(site: string, host = nodeHost()): string[] {
    write('polywan.yaml', site);
    return readSiteHere(host, join(folder, 'polywan.yaml')).diagnostics.map(({ message, span }) =>
      `${span.file}: ${message}`.replaceAll(`${folder}/`, ''),
    );
  }

  test('is told among the other mistakes of the site', () => {
    expect(diagnose('version: 1\nlna: [lan0]\n')).toEqual([
      'polywan.yaml: unknown key "lna"',
      'profiles/a.yaml: unknown key "metred"',
      `profiles/b.yaml: this is neither a file nor a link to one: ${CURE}`,
      `profiles/c.yaml: this is neither a file nor a link to one: ${CURE}`,
      `profiles/d.yaml: this is neither a file nor a link to one: ${CURE}`,
      'profiles/e.yaml: unknown key "metred"',
      `profiles/f.yaml: this is neither a file nor a link to one: ${CURE}`,
    ]);
  });

  test('is told apart from one that may not be read', () => {
    const host = nodeHost();
    const readFile = (path: string) => {
      if (path.endsWith('e.yaml'))
        throw new HostError('EACCES', path, `cannot read ${path}: permission denied`, 'permission denied');
      return host.readFile(path);
    };
    expect(diagnose('version: 1\n', { ...host, readFile })).toContain(
      'profiles/e.yaml: this cannot be read: permission denied',
    );
    expect(diagnose('version: 1\nprofiles: [profiles/e.yaml]\n', { ...host, readFile })).toContain(
      'polywan.yaml: cannot read profiles/e.yaml: permission denied',
    );
  });

  test('is told at its place in the site, where the site names it', () => {
    expect(diagnose('version: 1\nprofiles: [profiles/b.yaml, profiles/d.yaml, profiles/e.yaml]\n')).toEqual([
      'polywan.yaml: cannot read profiles/b.yaml: it is a directory',
      'polywan.yaml: cannot read profiles/d.yaml: its links lead in a circle',
      'profiles/e.yaml: unknown key "metred"',
    ]);
  });
});
