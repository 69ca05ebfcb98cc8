import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostError } from '../../../src/host/host.ts';
import { nodeHost } from '../../../src/host/node.ts';
import { hasEnded } from '../running.ts';

const host = nodeHost();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polywan-host-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('processes', () => {
  it('gives code, output and input back', async () => {
    const result = await host.run('sh', ['-c', 'cat; echo bad >&2; exit 4'], { input: 'words\n' });
    expect(result).toEqual({ code: 4, stdout: 'words\n', stderr: 'bad\n' });
  });

  it('survives a child that never reads its input', async () => {
    const result = await host.run('true', [], { input: 'x'.repeat(1_000_000) });
    expect(result.code).toBe(0);
  });

  it('says that a program is missing instead of throwing', async () => {
    const result = await host.run('polywan-no-such-program', []);
    expect(result).toMatchObject({ code: null, missing: true });
    expect(result.stderr).toContain('ENOENT');
  });

  it('says why a program could not start', async () => {
    const file = join(folder, 'tool');
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o644);
    const result = await host.run(file, []);
    expect(result).toMatchObject({ code: null });
    expect(result.stderr).toContain('EACCES');
  });

  it('ends a child that takes too long, even one that ignores SIGTERM', async () => {
    // As long as a shell may take to hear what it is to ignore.
    const result = await host.run('sh', ['-c', 'trap "" TERM; while :; do :; done'], { timeoutMs: 5000 });
    expect(result).toMatchObject({ code: null, timedOut: true, signal: 'SIGKILL' });
  });

  it('ends grandchildren too, which would keep the pipes open', async () => {
    const result = await host.run('sh', ['-c', 'sleep 60 & echo $! ; wait'], { timeoutMs: 200 });
    expect(result).toMatchObject({ timedOut: true, signal: 'SIGTERM' });
    // Its pipes are closed a moment before it is dead.
    await hasEnded(Number(result.stdout));
  });

  it('names the signal that ended a child', async () => {
    expect(await host.run('sh', ['-c', 'kill -INT $$'])).toMatchObject({ code: null, signal: 'SIGINT' });
  });

  it('keeps Node’s own settings from children and lets them find sbin', async () => {
    const own = { NODE_OPTIONS: '--no-warnings', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };
    Object.assign(process.env, own);
    const result = await host.run('env', [], { env: { POLYWAN_WORD: 'here' } });
    for (const name of Object.keys(own)) delete process.env[name];
    expect(result.stdout).not.toMatch(/^(?:NODE_OPTIONS|NODE_EXTRA_CA_CERTS|GLIBC_TUNABLES)=/m);
    expect(result.stdout).toMatch(/^POLYWAN_WORD=here$/m);
    expect(result.stdout).toMatch(/^PATH=.*:\/usr\/sbin:\/sbin$/m);
  });

  it('talks with a child that stays', async () => {
    const child = host.converse('cat', []);
    const answer = new Promise<string>((done) => child.onOutput(done));
    child.write('hello\n');
    expect(await answer).toBe('hello\n');
    expect(await child.end()).toMatchObject({ code: 0 });
    expect((await host.converse('polywan-no-such-program', []).ended).missing).toBe(true);
  });

  it('lends a file that has no name', async () => {
    const { path, close } = host.lendFile(folder, 'for others\n');
    expect(host.listDirectory(folder)?.filter((name) => name.startsWith('lent'))).toEqual([]);
    expect(await host.run('cat', [path, path])).toMatchObject({ stdout: 'for others\nfor others\n' });
    close();
    expect(host.readFile(path)).toBeUndefined();
    expect(() => host.lendFile(`${folder}/none`, '')).toThrow('cannot write');
  });

  it('collects what a child writes when it wants to, and hears its complaints at once', async () => {
    const child = host.correspond(folder, 'sh', [
      '-c',
      `echo one; echo two; echo "what now" >&2; until [ -e ${folder}/go ]; do sleep 0.01; done; echo three`,
    ]);
    const complaint = await new Promise<string>((done) => child.onErrors(done));
    expect(complaint).toBe('what now\n');
    expect(child.collect()).toBe('one\ntwo\n');
    writeFileSync(join(folder, 'go'), '');
    expect(await child.ended).toMatchObject({ code: 0 });
    expect(child.collect()).toBe('three\n');
    expect(child.collect()).toBe('');
    expect(host.listDirectory(folder)?.filter((name) => name.startsWith('pipe'))).toEqual([]);
  });

  it('says of a child that could not start that it ended, and why', async () => {
    expect(await host.correspond(folder, 'polywan-no-such-program', []).ended).toMatchObject({
      code: null,
      missing: true,
    });
    const { stderr } = await host.correspond(`${folder}/none`, 'true', []).ended;
    expect(stderr).toContain('none');
  });

  it('starts a program in a session of its own', async () => {
    const file = join(folder, 'session');
    const pid = host.detach('sh', ['-c', 'cut -d" " -f6 /proc/$$/stat > "$OUT.new"; mv "$OUT.new" "$OUT"'], {
      OUT: file,
    });
    while (host.readFile(file) === undefined) await host.sleep(10);
    expect(Number(host.readFile(file))).toBe(pid);
  });

  it('knows when a process started, and that a dead one did not', () => {
    expect(host.processStart(host.pid())).toMatch(/^\d+$/);
    expect(host.processStart(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('files', () => {
  it('reads nothing from a file that is not there, and refuses a directory with a HostError', () => {
    expect(host.readFile(join(folder, 'none'))).toBeUndefined();
    const error = caught(() => host.readFile(folder));
    expect(error).toBeInstanceOf(HostError);
    expect(error).toMatchObject({ code: 'EISDIR', path: folder });
  });

  it('replaces a file whole and leaves no temporary file', () => {
    const path = join(folder, 'state.json');
    host.writeFile(path, 'old', 0o600);
    host.writeFile(path, 'new', 0o600);
    expect(host.readFile(path)).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  it('writes to the file behind a link, and into a pipe, and leaves both what they are', () => {
    const [link, pipe, real] = ['link', 'pipe', 'real'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(real, 'old');
    symlinkSync('real', link);
    host.writeFile(link, 'new');
    expect(readlinkSync(link)).toBe('real');
    expect(host.readFile(real)).toBe('new');
    execFileSync('mkfifo', [pipe]);
    // Opened for both, so that neither side waits for the other.
    const reader = openSync(pipe, 'r+');
    host.writeFile(pipe, 'said');
    const said = Buffer.alloc(4);
    readSync(reader, said);
    closeSync(reader);
    expect(said.toString()).toBe('said');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['link', 'pipe', 'real']);
  });

  it('leaves no temporary file when the rename is refused', () => {
    host.makeDirectory(join(folder, 'taken'));
    expect(caught(() => host.writeFile(join(folder, 'taken'), 'x'))).toMatchObject({ code: 'EISDIR' });
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('sweeps the temporary files of killed runs, not those of living ones', () => {
    writeFileSync(join(folder, `.state.${2 ** 22 + 1}-1.tmp`), 'part');
    writeFileSync(join(folder, `.state.${process.ppid}-1.tmp`), 'part');
    host.writeFile(join(folder, 'state'), 'whole');
    expect(readdirSync(folder).sort()).toEqual([`.state.${process.ppid}-1.tmp`, 'state']);
  });

  it('creates a file once', () => {
    const path = join(folder, 'lock');
    expect(host.createFile(path, 'first')).toBe(true);
    expect(host.createFile(path, 'second')).toBe(false);
    expect(host.readFile(path)).toBe('first');
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('gives a file one more name, unless that is taken', () => {
    const [path, name] = [join(folder, 'ready'), join(folder, 'lock')];
    host.writeFile(path, 'mine');
    expect(host.linkFile(path, name)).toBe(true);
    expect(host.linkFile(path, name)).toBe(false);
    expect(host.readFile(name)).toBe('mine');
    host.removeFile(name);
    expect(host.readFile(path)).toBe('mine');
    expect(caught(() => host.linkFile(join(folder, 'gone'), name))).toMatchObject({ code: 'ENOENT' });
  });

  it('never makes a file where it was to overwrite one', () => {
    const path = join(folder, 'sysctl');
    expect(caught(() => host.overwriteFile(path, '1'))).toMatchObject({ code: 'ENOENT' });
    symlinkSync('real', path);
    writeFileSync(join(folder, 'real'), 'longer');
    host.overwriteFile(path, '1');
    expect(host.readFile(join(folder, 'real'))).toBe('1');
  });

  it('says so when the kernel lets nobody make a folder there', () => {
    expect(caught(() => host.makeDirectory('/proc/polywan/state'))).toMatchObject({ code: 'ENOENT' });
    expect(caught(() => host.makeDirectory('/proc/version/state'))).toBeInstanceOf(HostError);
  });

  it('removes what is there and is quiet about what is not', () => {
    const path = join(folder, 'a', 'b');
    host.makeDirectory(path);
    host.removeDirectory(join(folder, 'a'));
    expect(host.listDirectory(join(folder, 'a'))).toEqual(['b']);
    host.removeDirectory(path);
    host.removeDirectory(path);
    host.removeFile(path);
    expect(host.listDirectory(path)).toBeUndefined();
  });

  it('neither makes nor removes a folder where a file is', () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    for (const folder of [path, join(path, 'state')])
      expect(caught(() => host.makeDirectory(folder))).toMatchObject({ code: 'ENOTDIR', path: folder });
    host.removeDirectory(path);
    host.removeDirectory(join(path, 'state'));
    expect(host.readFile(path)).toBe('');
  });
});

describe('memory', () => {
  it('is given back by a collection', async () => {
    const unused = new WeakRef({ of: 'the start' });
    // What was made in this turn lives until its end.
    await host.sleep(0);
    host.collectGarbage();
    expect(unused.deref()).toBeUndefined();
  });
});
