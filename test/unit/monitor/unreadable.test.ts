import { describe, expect, it } from 'vitest';
import type { Applied } from '../../../src/apply/records.ts';
import { type Host, HostError } from '../../../src/host/host.ts';
import { EMPTY_STATE } from '../../../src/kernel/state.ts';
import { ownRecord } from '../../../src/monitor/act/own-record.ts';
import type { Notice } from '../../../src/monitor/loop/notice.ts';
import { siteFiles } from '../../../src/monitor/loop/site-files.ts';
import { sampleSite } from '../plan/sample-site.ts';
import { fakeFiles, fakeHost } from './fake-host.ts';

const RECORD = '/run/polywan/applied.json';

const APPLIED: Partial<Applied> = {
  version: 1,
  siteFile: 'polywan.yaml',
  backend: 'nftables',
  backendReason: 'the site says so',
  appliedAtMs: 1000,
  down: [],
  desired: EMPTY_STATE,
  allocation: { slots: {} },
  markMask: 0xff000000,
  wans: [],
  policies: [],
  steering: [],
  sitePolicies: [],
  originals: { sysctls: [], directories: [], tables: [] },
};

/** Files whose stamp is their text; one that says `loop` is a link to itself. */
function host(files: Map<string, string>): Host {
  const read = (path: string): string | undefined => {
    const text = files.get(path);
    if (text === 'loop') throw new HostError('ELOOP', path, `cannot read ${path}: too many links`);
    return text;
  };
  return fakeHost({
    ...fakeFiles(files),
    readFile: read,
    listDirectory: () => [],
    fileIdentity: (path) => {
      const text = read(path);
      return text === undefined ? undefined : { realPath: path, stamp: text };
    },
  });
}

describe('the files of the site', () => {
  it('are new when one of them becomes a link to itself, and then leave everything as it is, told once', () => {
    const text = 'version: 1\nlan: [lan0]\nprofiles: []\n';
    const files = new Map([['polywan.yaml', text]]);
    const site = sampleSite();
    const notices: Notice[] = [];
    const followed = siteFiles(host(files), site, (notice) => notices.push(notice));
    expect(followed.areNew(site)).toBe(false);
    files.set('polywan.yaml', 'loop');
    expect(followed.areNew(site)).toBe(true);
    expect(followed.read(site)).toBeUndefined();
    expect(followed.areNew(site)).toBe(false);
    expect(notices).toEqual([
      {
        kind: 'problem',
        message: 'the site was not reloaded, the one before stays: cannot read polywan.yaml: too many links',
      },
    ]);
    files.set('polywan.yaml', text);
    expect(followed.areNew(site)).toBe(true);
  });
});

describe('the record of what is applied', () => {
  it.each(['{"version":1,', 'loop'])('that says %s is told once, and overtakes nobody', (damage) => {
    const files = new Map([[RECORD, JSON.stringify(APPLIED)]]);
    const problems: string[] = [];
    const record = ownRecord(host(files), (message) => problems.push(message));
    record.take(sampleSite());
    files.set(RECORD, damage);
    for (let look = 0; look < 3; look += 1) expect(record.overtaken()).toBeUndefined();
    record.note({ down: ['fiber'] });
    expect(files.get(RECORD)).toBe(damage);
    expect(problems).toEqual([
      expect.stringMatching(
        /^what is applied cannot be read, the monitor goes on without it: .*applied[.]json/,
      ),
    ]);
  });

  it('that was taken away, or is another’s, is seen even after it was damaged', () => {
    const files = new Map([[RECORD, JSON.stringify(APPLIED)]]);
    const record = ownRecord(host(files), () => {});
    record.take(sampleSite());
    files.set(RECORD, '');
    expect(record.overtaken()).toBeUndefined();
    files.set(RECORD, JSON.stringify({ ...APPLIED, appliedAtMs: 2000 }));
    expect(record.overtaken()).toEqual({ how: 'applied' });
    files.delete(RECORD);
    expect(record.overtaken()).toEqual({ how: 'removed' });
  });

  it('is news until it was heard, and again when it changes once more', () => {
    const files = new Map([[RECORD, JSON.stringify(APPLIED)]]);
    const record = ownRecord(host(files), () => {});
    record.take(sampleSite());
    expect(record.hasNews()).toBe(false);
    files.set(RECORD, JSON.stringify({ ...APPLIED, appliedAtMs: 2000 }));
    expect(record.overtaken()).toEqual({ how: 'applied' });
    expect(record.hasNews()).toBe(true);
    expect(record.hear()).toEqual({ how: 'applied' });
    expect(record.hasNews()).toBe(false);
    expect(record.overtaken()).toEqual({ how: 'applied' });
    files.delete(RECORD);
    expect(record.hasNews()).toBe(true);
    expect(record.hear()).toEqual({ how: 'removed' });
    expect(record.hasNews()).toBe(false);
  });

  it('has what the daemon made added to it, which overtakes nobody', () => {
    const files = new Map([[RECORD, JSON.stringify(APPLIED)]]);
    const record = ownRecord(host(files), () => {});
    record.take(sampleSite());
    record.note({ down: ['fiber'] });
    expect(JSON.parse(files.get(RECORD) ?? '')).toMatchObject({ appliedAtMs: 1000, down: ['fiber'] });
    expect(record.overtaken()).toBeUndefined();
  });
});
