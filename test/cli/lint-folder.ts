import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';
import { type Outcome, polywan } from './polywan.ts';

const root = mkdtempSync(join(tmpdir(), 'polywan-lint-'));
afterAll(() => rmSync(root, { recursive: true }));

/** The test's own. */
export let folder = root;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
  mkdirSync(folder);
});

export function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

export interface Report {
  readonly code: number | null;
  /** `check file:line`, files from the test's folder. */
  readonly findings: readonly string[];
  readonly severities: readonly string[];
  readonly stderr: string;
}

export function lint(...words: readonly string[]): Report {
  return read(polywan(['lint', '--json', ...words]));
}

export function read({ code, stdout, stderr }: Outcome): Report {
  const { findings } = JSON.parse(stdout) as {
    findings: readonly { check: string; file: string; line: number; severity: string }[];
  };
  const place = (file: string) => file.replace(`${folder}/`, '');
  return {
    code,
    findings: findings.map(({ check, file, line }) => `${check} ${place(file)}:${line}`),
    severities: findings.map(({ severity }) => severity),
    stderr: stderr.replaceAll(`${folder}/`, ''),
  };
}

/** A save whose one rule has this comment; `bad` is found by bad-suppression. */
export function save(table: string, comment = 'fine'): string {
  const chain = table === 'filter' ? 'FORWARD' : 'PREROUTING';
  return `*${table}\n:${chain} ACCEPT [0:0]\n-A ${chain} -i lan0 -m comment --comment "${comment}" -j ACCEPT\nCOMMIT\n`;
}

export const BAD = 'polywan:ignore=jump-loop';
export const NOT_CHECKED = '#!/bin/sh\nif [ -f x ]; then\n  iptables -A INPUT -i lan0 -j ACCEPT\nfi\n';
