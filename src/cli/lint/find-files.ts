import { type Host, HostError } from '../../host/host.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { globBase, globPattern, isGlob } from '../input/glob.ts';
import { type LintFile, recognizeFile } from './lint-file.ts';

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  readonly unreadable: readonly Diagnostic[];
  /** Files in folders that are of no kind lint reads. */
  readonly ignored: number;
}

export interface FoundFile extends LintFile {
  /** Its own path was given, and no folder's. */
  readonly named: boolean;
}

/** What findings call standard input. */
export const STDIN = '<stdin>';

/** Opens what the words of the call name: files, folders with all below them, patterns, and `-`. */
export async function findFiles(host: Host, paths: readonly string[]): Promise<FoundFiles> {
  const search = new Search(host);
  for (const path of paths) {
    if (path === '-') search.take(STDIN, await host.readStdin(), true);
    else search.path(path);
  }
  return search;
}

/** Programs' own folders, as big as they are free of rulesets. */
const SKIPPED = new Set(['node_modules']);

class Search implements FoundFiles {
  readonly files: FoundFile[] = [];
  readonly unreadable: Diagnostic[] = [];
  ignored = 0;
  private readonly host: Host;
  private readonly seen = new Set<string>();
  private readonly walked = new Set<string>();
  /** Files of a kind that lint reads, and how often one was met. */
  private readonly known = new Set<string>();
  private met = 0;

  constructor(host: Host) {
    this.host = host;
  }

  path(path: string): void {
    const folder = path.replace(/(?<=.)\/+$/, '');
    const text = this.read(path, folder);
    if (text === 'folder') this.wholeFolder(folder);
    else if (text !== undefined) this.take(path, text, true);
  }

  take(file: string, text: string, named: boolean): void {
    const key = this.host.resolvePath(file);
    if (this.known.has(key)) this.met += 1;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const kind = recognizeFile(text, file, named);
    if (kind.kind !== 'unknown') {
      this.files.push({ file, text, kind, named });
      this.known.add(key);
      this.met += 1;
    } else if (named) this.unreadable.push({ message: kind.reason, span: { file, start: 0, end: 0 } });
    else this.ignored += 1;
  }

  /** The text of a file that is named; what cannot be read is told. */
  private read(path: string, folder: string): string | 'folder' | undefined {
    try {
      if (this.host.listEntries(folder) !== undefined) return 'folder';
      const text = this.host.readFile(path);
      if (text !== undefined) return text;
    } catch (error) {
      return this.tell(path, error);
    }
    if (isGlob(path)) this.glob(path);
    else this.refuse(path, `cannot read ${path}: no such file`);
    return undefined;
  }

  /** A path that leads to nothing would look like a clean one. */
  private wholeFolder(folder: string): void {
    const { met, ignored } = this;
    const troubles = this.unreadable.length;
    this.walk(folder, () => true);
    if (this.met > met || this.unreadable.length > troubles) return;
    const passed = this.ignored - ignored;
    const said =
      passed === 0 ? '' : ` (${passed} ${passed === 1 ? 'file is' : 'files are'} of no kind it knows)`;
    this.refuse(folder, `cannot find anything that lint reads in ${folder}${said}`);
  }

  private glob(glob: string): void {
    const pattern = globPattern(glob);
    const before = this.seen.size + this.ignored;
    this.walk(globBase(glob), (file) => pattern.test(file));
    if (this.seen.size + this.ignored === before) this.refuse(glob, `cannot read ${glob}: no file matches`);
  }

  private walk(folder: string, wanted: (file: string) => boolean): void {
    const real = this.host.fileIdentity(folder)?.realPath ?? folder;
    // A link may lead back to a folder above it.
    if (this.walked.has(real)) return;
    this.walked.add(real);
    for (const { name, kind } of this.entries(folder)) {
      if (name.startsWith('.') || SKIPPED.has(name)) continue;
      const file = folder === '.' ? name : `${folder === '/' ? '' : folder}/${name}`;
      if (kind === 'directory') this.walk(file, wanted);
      else if (kind === 'file' && wanted(file)) this.open(file);
    }
    this.walked.delete(real);
  }

  private entries(folder: string) {
    try {
      return this.host.listEntries(folder) ?? [];
    } catch (error) {
      this.tell(folder, error);
      return [];
    }
  }

  private open(file: string): void {
    try {
      const text = this.host.readFile(file);
      if (text !== undefined) this.take(file, text, false);
    } catch (error) {
      this.tell(file, error);
    }
  }

  private tell(path: string, error: unknown): undefined {
    if (!(error instanceof HostError)) throw error;
    this.refuse(path, error.message);
  }

  private refuse(file: string, message: string): void {
    this.unreadable.push({ message, span: { file, start: 0, end: 0 } });
  }
}
