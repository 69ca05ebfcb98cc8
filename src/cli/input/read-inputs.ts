import { TableNames } from '../../codec/ip-names.ts';
import { type Recognized, recognize } from '../../codec/recognize.ts';
import { type Host, HostError } from '../../host/host.ts';
import type { Table } from '../../kernel/netfilter.ts';
import { EMPTY_STATE, type KernelState } from '../../kernel/state.ts';
import type { Diagnostic, Sources } from '../../net/diagnostic.ts';
import { InputError } from './input-error.ts';
import { type ReadPart, readOne } from './read-one.ts';
import { settleFamily } from './settle-family.ts';

export interface Inputs {
  readonly state: KernelState;
  readonly sources: Sources;
  /** What was left out on purpose, as sentences. */
  readonly notes: readonly string[];
}

interface InputFile {
  readonly file: string;
  readonly text: string;
  readonly recognized: Recognized;
  /** Named itself, not found in a folder. */
  readonly named: boolean;
}

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
  const { files: used, notes: guesses } = settleFamily(known);
  notes.push(...guesses);
  const names = new TableNames();
  for (const { recognized, text } of used) if (recognized.kind === 'table-names') names.learn(text);
  const parts: ReadPart[] = [];
  // One after the other: two nft at once would wait for the same kernel lock anyway.
  for (const { file, text, recognized } of used)
    parts.push(await readOne(host, { file, text, recognized, names, sources }));
  const { tables, refused } = withoutForeign(parts);
  problems.push(...parts.flatMap((part) => part.problems), ...refused);
  if (problems.length > 0) throw new InputError(problems, sources);
  return { state: { ...join(parts), tables, files: filesOf(parts, names) }, sources, notes };
}

function openPath(host: Host, path: string): readonly InputFile[] {
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

function openFile(host: Host, file: string, named: boolean): InputFile {
  const text = host.readFile(file);
  if (text === undefined) {
    const message = 'no such file';
    throw new InputError([{ message, span: { file, start: 0, end: 0 } }], new Map());
  }
  return { file, text, recognized: recognize(text, file), named };
}

/** An iptables-nft table in nft form is left out where its iptables-save is there, and refused where it is not. */
function withoutForeign(parts: readonly ReadPart[]): {
  readonly tables: readonly Table[];
  readonly refused: readonly Diagnostic[];
} {
  const tables = parts.flatMap((part) => part.state.tables ?? []);
  const saved = new Set(
    tables.filter(({ frontend }) => frontend === 'iptables-nft').map(({ family }) => family),
  );
  const refused = parts.flatMap((part) =>
    part.foreign
      .filter(({ family }) => (family !== 'ip' && family !== 'ip6' ? true : !saved.has(family)))
      .map((table): Diagnostic => {
        const program = table.family === 'ip6' ? 'ip6tables-save' : 'iptables-save';
        return {
          message: `table ${table.family} ${table.name} is kept by iptables-nft, and nft shows it wrongly (a masked restore loses its mask, other matches are left out): give the output of ${program} as well`,
          span: table.span ?? { file: part.file, start: 0, end: 0 },
        };
      }),
  );
  return { tables, refused };
}

/** The state of all parts: lists are put together, and a link that two files tell of is one link. */
function join(parts: readonly ReadPart[]): KernelState {
  const states = parts.map((part) => ({ ...EMPTY_STATE, ...part.state }));
  const links = new Map(states.flatMap((state) => state.links.map((link) => [link.name, link] as const)));
  const addresses = new Map(
    states.flatMap((state) =>
      state.addresses.map((one) => [`${one.device} ${one.address}/${one.length}`, one] as const),
    ),
  );
  const conntrack = states.find((state) => state.conntrack !== undefined)?.conntrack;
  return {
    ...EMPTY_STATE,
    links: [...links.values()],
    addresses: [...addresses.values()],
    policyRules: states.flatMap((state) => state.policyRules),
    routes: states.flatMap((state) => state.routes),
    ipsets: states.flatMap((state) => state.ipsets),
    sysctls: [...new Map(states.flatMap((state) => state.sysctls).map((one) => [one.key, one])).values()],
    ...(conntrack === undefined ? {} : { conntrack }),
  };
}

/** Names of tables are part of the state, so that tables are called by them. */
function filesOf(parts: readonly ReadPart[], names: TableNames): KernelState['files'] {
  const files = parts.flatMap((part) => part.state.files ?? []);
  const text = names.inventedLines();
  return text === '' ? files : [...files, { path: '/etc/iproute2/rt_tables', text }];
}
