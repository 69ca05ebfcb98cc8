import type { Ignore, LintSettings } from '../../config/lint-settings.ts';
import type { Host } from '../../host/host.ts';
import type { Finding } from '../../lint/finding.ts';
import { folderOf } from './group-files.ts';

/** Ignores of the settings that nothing is left for. Only who looked at all their files can tell. */
export function unusedIgnores(
  host: Host,
  paths: readonly string[],
  settings: readonly LintSettings[],
  used: ReadonlySet<Ignore>,
): readonly Finding[] {
  const folders = paths.map((path) => `${host.resolvePath(path)}/`.replace('//', '/'));
  return settings
    .filter(({ file }) => folders.some((folder) => `${host.resolvePath(folderOf(file))}/`.startsWith(folder)))
    .flatMap(({ ignores, severities }) =>
      severities['unused-suppression'] === 'off' ? [] : ignores.filter((ignore) => !used.has(ignore)),
    )
    .map(({ span, checks, files, reason }) => ({
      check: 'unused-suppression',
      severity: 'warning',
      message: `${checks.length === 0 ? 'lint' : checks.join(', ')} finds nothing in ${files.length === 0 ? 'these files' : files.join(', ')}, so that this ignore may go`,
      span,
      path: [],
      cure: 'delete it',
      key: `ignore: ${reason}`,
    }));
}
