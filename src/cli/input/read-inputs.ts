import { recognize } from '../../codec/recognize.ts';
import { type Host, HostError } from '../../host/host.ts';
import type { Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Diagnostic, Sources } from '../../net/diagnostic.ts';
import { InputError } from './input-error.ts';
import { type InputFile, readFiles } from './read-files.ts';

export interface Inputs {
  readonly state: KernelState;
  readonly sources: Sources;
  /** What was left out on purpose, as sentences. */
  readonly notes: readonly string[];
}

/** Named itself, or found in a folder. */
type FoundFile = InputFile & { readonly named: boolean };

/** Reads files and folders, which together describe one machine. Throws InputError with everything that is wrong. */
export async function readInputs(host: Host, paths: readonly string[]): Promise<Inputs> {
  const files = paths.flatMap((path) => openPath(host, path));
  const sources = new Map(files.map(({ file, text }) => [file, text]));
  const notes: string[] = [];
  const problems: Diagnostic[] = [];
  const known = files.filter(({ file, recognized, named }) => {
    if (recognized.kind !== 'unknown') return true;
    if (named) problems.push({ message: recognized.reason, span: { file, start: 0, end: 0 } });
    else notes.push(`${file} is left out: ${recognized.reason}`);
    return false;
  });
  const read = await readFiles(host, known, sources);
  problems.push(...read.problems, ...read.listings.map(refuseListing));
  if (problems.length > 0) throw new InputError(problems, sources);
  return { state: read.state, sources, notes: [...notes, ...read.notes] };
}

function refuseListing(table: Table): Diagnostic {
  const program = table.family === 'ip6' ? 'ip6tables-save' : 'iptables-save';
  return {
    message: `table ${table.family} ${table.name} is kept by iptables-nft, and nft shows it wrongly (a masked restore loses its mask, other matches are left out): give the output of ${program} as well`,
    span: table.span ?? { file: '', start: 0, end: 0 },
  };
}

function openPath(host: Host, path: string): readonly FoundFile[] {
  const names = listFolder(host, path);
  if (names !== undefined)
    return names
      .filter((name) => !name.startsWith('.'))
      .flatMap((name) => {
        const file = `${path.replace(/\/$/, '')}/${name}`;
        return listFolder(host, file) === undefined ? [openFile(host, file, false)] : [];
      });
  return [openFile(host, path, true)];
}

/** Undefined for what is no folder. */
function listFolder(host: Host, path: string): readonly string[] | undefined {
  try {
    return host.listDirectory(path);
  } catch (error) {
    if (error instanceof HostError && error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function openFile(host: Host, file: string, named: boolean): FoundFile {
  const text = host.readFile(file);
  if (text === undefined) {
    const message = 'no such file';
    throw new InputError([{ message, span: { file, start: 0, end: 0 } }], new Map());
  }
  return { file, text, recognized: recognize(text, file), named };
}
