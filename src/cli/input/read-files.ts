import { TableNames } from '../../codec/ip-names.ts';
import type { Recognized } from '../../codec/recognize.ts';
import type { Host } from '../../host/host.ts';
import type { Table } from '../../kernel/netfilter.ts';
import { EMPTY_STATE, type KernelState } from '../../kernel/state.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { chainsNotSaved } from './chains-not-saved.ts';
import { type ReadPart, readOne } from './read-one.ts';
import { settleFamily } from './settle-family.ts';

/** A file that was opened, and what it is. */
export interface InputFile {
  readonly file: string;
  readonly text: string;
  readonly recognized: Recognized;
}

/** What files that belong together say of their machine. */
export interface FilesRead {
  readonly state: KernelState;
  /** What was left out or taken as so, as sentences. */
  readonly notes: readonly string[];
  /** What could not be read, at its place; the rest was. */
  readonly problems: readonly Diagnostic[];
  /** Tables of iptables-nft in nft form without the save that tells what they say. */
  readonly listings: readonly Table[];
}

/** Texts of included files are added to `sources`. */
export async function readFiles(
  host: Host,
  files: readonly InputFile[],
  sources: Map<string, string>,
): Promise<FilesRead> {
  const { files: used, notes } = settleFamily(files);
  const names = new TableNames();
  for (const { recognized, text } of used) if (recognized.kind === 'table-names') names.learn(text);
  const parts: ReadPart[] = [];
  // One after the other: two nft at once would wait for the same kernel lock anyway.
  for (const { file, text, recognized } of used)
    parts.push(await readOne(host, { file, text, recognized, names, sources }));
  const tables = parts.flatMap((part) => part.state.tables ?? []);
  return {
    state: { ...join(parts), tables, files: filesOf(parts, names) },
    notes: [...notes, ...chainsNotSaved(used, tables)],
    problems: parts.flatMap((part) => part.problems),
    listings: listingsAlone(tables, parts),
  };
}

/** An iptables-nft table in nft form is left out where its iptables-save is there. */
function listingsAlone(tables: readonly Table[], parts: readonly ReadPart[]): readonly Table[] {
  const saved = new Set(
    tables.filter(({ frontend }) => frontend === 'iptables-nft').map(({ family }) => family),
  );
  return parts.flatMap(({ file, foreign }) =>
    foreign
      .filter(({ family }) => (family !== 'ip' && family !== 'ip6') || !saved.has(family))
      .map((table) => ({
        ...table,
        span: table.span ?? table.chains[0]?.span ?? { file, start: 0, end: 0 },
      })),
  );
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
  return text === '' ? files : [...files, { path: 'rt_tables', text }];
}
