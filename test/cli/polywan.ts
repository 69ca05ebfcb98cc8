import { spawnSync } from 'node:child_process';
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

export function execute(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Outcome {
  const { NODE_OPTIONS: _options, NO_COLOR: _color, FORCE_COLOR: _force, ...kept } = process.env;
  const result = spawnSync(program, args, {
    timeout: 120_000,
    cwd: PROJECT,
    encoding: 'utf8',
    env: { ...kept, ...env },
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}
