import type { Host } from '../host/host.ts';
import type { Lab } from './lab.ts';
import { LabError } from './lab-error.ts';

/** This very program's `apply` in the lab's router: its state and its files under /etc stay in the lab's directory. */
export async function applyInLab(
  host: Host,
  lab: Lab,
  siteFile: string,
  down: readonly string[],
): Promise<void> {
  const [program, ...first] = host.self();
  const words = ['apply', '-c', host.resolvePath(siteFile), ...down.flatMap((wan) => ['--down', wan])];
  const result = await lab.exec('router', program, [...first, ...words], {
    env: { POLYWAN_STATE_DIR: `${lab.directory}/state`, POLYWAN_ROOT: `${lab.directory}/root` },
  });
  if (result.code !== 0) throw new LabError(`apply failed in the lab:\n${result.stderr.trimEnd()}`);
}
