import { KERNEL_TABLES } from '../kernel/routing.ts';
import { symbolNumber } from '../kernel/symbol.ts';
import { readTableNames } from '../kernel/table-names.ts';
import { asObjects, asString, type JsonObject } from './json-value.ts';

/** rt_protos(5) as iproute2 ships it: what `ip` prints without -N. */
// biome-ignore format: a table reads better in rows
const PROTOCOLS: Readonly<Record<string, number>> = {
  unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, gated: 8, ra: 9, mrt: 10, zebra: 11, bird: 12, dnrouted: 13,
  xorp: 14, ntk: 15, dhcp: 16, keepalived: 18, babel: 42, openr: 99, bgp: 186, isis: 187, ospf: 188, rip: 189,
  eigrp: 192,
};

/** As `ip` names them without -N. */
export const SCOPES: Readonly<Record<string, number>> = {
  global: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
};

/**
 * A type of service: by its name in rt_dsfield (CS1, AF21, EF), or a number, which `ip` takes for hexadecimal in any
 * case.
 */
export function tosNumber(json: unknown): number | undefined {
  if (typeof json === 'number') return json;
  const word = asString(json)?.toLowerCase() ?? '';
  const dscp = symbolNumber('dscp', word);
  // The two bits below are those of congestion notification.
  if (dscp !== undefined) return dscp << 2;
  return /^(?:0x)?[0-9a-f]{1,2}$/.test(word) ? Number.parseInt(word, 16) : undefined;
}

/** Numbers for tables whose number nobody tells: above those people use, and the same for the same name. */
const FIRST_INVENTED = 0xf000_0000;

/** Table numbers by name: the kernel's own, those of rt_tables files, and invented ones for the rest. */
export class TableNames {
  private readonly numbers = new Map<string, number>([
    ...[...KERNEL_TABLES].map(([number, name]) => [name, number] as const),
    ['unspec', 0],
    ['all', 0],
  ]);
  private readonly invented = new Map<string, number>();

  /** Takes the lines `NUMBER NAME` of an rt_tables file. */
  learn(text: string): void {
    for (const { table, name } of readTableNames(text)) this.numbers.set(name, table);
  }

  numberOf(word: string): number {
    if (/^(?:0x[0-9a-f]+|\d+)$/i.test(word)) return Number(word);
    const known = this.numbers.get(word) ?? this.invented.get(word);
    if (known !== undefined) return known;
    const taken = new Set([...this.numbers.values(), ...this.invented.values()]);
    let number = FIRST_INVENTED;
    while (taken.has(number)) number += 1;
    this.invented.set(word, number);
    return number;
  }

  /** The names that were met and that no rt_tables file explains, as lines of one. */
  inventedLines(): string {
    return [...this.invented].map(([name, number]) => `${number} ${name}\n`).join('');
  }
}

/** What `ip -j` prints without -N, as it prints it with -N: tables, protocols and scopes by number. */
export function withNumbers(json: unknown, names: TableNames): readonly JsonObject[] {
  return asObjects(json).map((entry) => {
    const table = asString(entry.table);
    const protocol = asString(entry.protocol);
    const scope = asString(entry.scope);
    return {
      ...entry,
      ...(table === undefined ? {} : { table: names.numberOf(table) }),
      ...(protocol === undefined ? {} : { protocol: PROTOCOLS[protocol] ?? protocol }),
      ...(scope === undefined ? {} : { scope: SCOPES[scope] ?? scope }),
    };
  });
}
