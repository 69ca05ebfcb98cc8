import { readSiteHere } from '../apply/read-site-here.ts';
import { formatDiagnostic } from '../config/format-diagnostic.ts';
import type { Site } from '../config/site.ts';
import { HostError } from '../host/host.ts';
import type { Arguments, Context } from './command.ts';
import { DEFAULT_CONFIG } from './global-options.ts';

/**
 * The site that `--config` names. Undefined when it cannot be used; everything that is wrong with it has then been
 * printed, and the command ends with 2.
 */
export function loadSite(args: Arguments, { host, color }: Context): Site | undefined {
  const file = configPath(args);
  try {
    const { site, diagnostics, sources } = readSiteHere(host, file);
    for (const diagnostic of diagnostics)
      host.stderr.write(`${formatDiagnostic(diagnostic, sources, { color })}\n`);
    if (!sources.has(file)) host.stderr.write("write one with 'polywan init', or name yours with -c FILE\n");
    return site;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    host.stderr.write(`polywan: ${error.message}\n`);
    return undefined;
  }
}

export function configPath(args: Arguments): string {
  return typeof args.config === 'string' ? args.config : DEFAULT_CONFIG;
}
