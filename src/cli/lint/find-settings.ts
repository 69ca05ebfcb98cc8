import type { LintSettings } from '../../config/lint-settings.ts';
import { readLintSettings } from '../../config/read-lint-settings.ts';
import type { LintNames } from '../../config/schema/lint-schema.ts';
import { type Host, HostError } from '../../host/host.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { folderOf } from './group-files.ts';
import { SETTINGS_NAME } from './lint-file.ts';

/** The settings of each folder: the nearest file above, no farther up than the repository. */
export class SettingsFinder {
  readonly diagnostics: Diagnostic[] = [];
  readonly sources = new Map<string, string>();
  private readonly host: Host;
  private readonly names: LintNames;
  private readonly known = new Map<string, LintSettings | undefined>();

  constructor(host: Host, names: LintNames) {
    this.host = host;
    this.names = names;
  }

  /** By the folder of a file, as the file was named. */
  of(folder: string): LintSettings | undefined {
    const here = folder === '' ? '.' : folder;
    if (this.known.has(here)) return this.known.get(here);
    const found = this.read(here === '.' ? SETTINGS_NAME : `${here === '/' ? '' : here}/${SETTINGS_NAME}`);
    const settings = found ?? (this.isTop(here) ? undefined : this.of(above(here)));
    this.known.set(here, settings);
    return settings;
  }

  /** A file that is named by the call must be there. */
  named(file: string): LintSettings | undefined {
    const settings = this.read(file);
    const message = `cannot read ${file}: no such file`;
    if (settings === undefined) this.diagnostics.push({ message, span: { file, start: 0, end: 0 } });
    return settings;
  }

  private read(file: string): LintSettings | undefined {
    const reading = readLintSettings(file, (path) => this.text(path), this.names);
    if (reading === undefined) return undefined;
    this.diagnostics.push(...reading.diagnostics);
    for (const [path, text] of reading.sources) this.sources.set(path, text);
    return reading.settings ?? nothingSaid(file);
  }

  private text(path: string): string | undefined {
    try {
      return this.host.readFile(path);
    } catch (error) {
      // A folder above that nobody may look into has no say.
      if (error instanceof HostError) return undefined;
      throw error;
    }
  }

  private isTop(folder: string): boolean {
    return this.host.resolvePath(folder) === '/' || this.host.fileIdentity(`${folder}/.git`) !== undefined;
  }
}

/** Settings that are wrong as a whole still keep those above from being taken for this folder's. */
function nothingSaid(file: string): LintSettings {
  return {
    file,
    wan: [],
    lan: [],
    policyRules: [],
    routes: [],
    neighbours: [],
    reservedMarks: [],
    severities: {},
    machines: [],
    ignores: [],
  };
}

function above(folder: string): string {
  if (folder === '.' || /(?:^|\/)\.\.$/.test(folder)) return folder === '.' ? '..' : `${folder}/..`;
  return folderOf(folder);
}
