import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');
export const LAUNCHER = join(PROJECT, 'bin/polywan');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program as a person would, without a terminal. */
export function polywan(args: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
  return execute(LAUNCHER, args, env);
}

/** What else somebody has set who runs the tests (CDPATH, NO_COLOR, NODE_OPTIONS, a language) is no part of them. */
const { PATH = '', HOME = '/', TMPDIR = tmpdir() } = process.env;
const ENVIRONMENT = { PATH, HOME, TMPDIR, LC_ALL: 'C.UTF-8' };

export function execute(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Outcome {
  const result = spawnSync(program, args, {
    timeout: 120_000,
    cwd: PROJECT,
    encoding: 'utf8',
    env: { ...ENVIRONMENT, ...env },
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}
