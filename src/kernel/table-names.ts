import { KERNEL_TABLES } from './routing.ts';
import type { KernelState, OwnedFile } from './state.ts';

/** Where iproute2 reads names of tables: in this file, and in every `*.conf` of the folder. */
export const TABLE_NAMES = '/etc/iproute2/rt_tables';
export const TABLE_NAME_FOLDER = `${TABLE_NAMES}.d`;

/** The file with the names of polywan's tables. */
export const OWN_TABLE_NAMES = `${TABLE_NAME_FOLDER}/polywan.conf`;

/** Whether a file has names that people, or other programs, have given to tables. */
export function isForeignTableNames({ path }: OwnedFile): boolean {
  return path !== OWN_TABLE_NAMES && (path === TABLE_NAMES || path.startsWith(`${TABLE_NAME_FOLDER}/`));
}

const LINE = /^[ \t]*(0x[0-9a-f]+|\d+)[ \t]+([^\s#]+)/i;

interface NamedTable {
  readonly table: number;
  readonly name: string;
  /** 1-based. */
  readonly line: number;
}

/** The lines `NUMBER NAME` of an rt_tables file. */
export function readTableNames(text: string): readonly NamedTable[] {
  return text.split('\n').flatMap((line, at) => {
    const [, table, name] = LINE.exec(line) ?? [];
    return name === undefined ? [] : [{ table: Number(table), name, line: at + 1 }];
  });
}

/** Names of routing tables: the kernel's own three, and what the rt_tables files of the state say. */
export function tableNames({ files }: Pick<KernelState, 'files'>): ReadonlyMap<number, string> {
  const said = files
    .filter(({ path }) => path.includes('rt_tables'))
    .flatMap(({ text }) => readTableNames(text));
  return new Map([...KERNEL_TABLES, ...said.map(({ table, name }) => [table, name] as const)]);
}
