import { readAddresses } from '../../codec/ip-address-json.ts';
import { readLinks } from '../../codec/ip-link-json.ts';
import { type TableNames, withNumbers } from '../../codec/ip-names.ts';
import { readRoutes } from '../../codec/ip-route-json.ts';
import { readRouteText } from '../../codec/ip-route-text.ts';
import { readPolicyRules } from '../../codec/ip-rule-json.ts';
import { readPolicyRuleText } from '../../codec/ip-rule-text.ts';
import { readIpsetSave } from '../../codec/ipset.ts';
import { readIptablesSave } from '../../codec/iptables/read.ts';
import { hasXtables, iptablesPartOf, isIptablesTable, nftPartOf } from '../../codec/iptables-in-nft.ts';
import { objectSpans } from '../../codec/json-spans.ts';
import { readNftJson } from '../../codec/nft-json.ts';
import type { Recognized } from '../../codec/recognize.ts';
import { fallbackFamily, routeFamily } from '../../codec/route-family.ts';
import { readSnapshot } from '../../codec/snapshot.ts';
import { readSysctlText } from '../../codec/sysctl-text.ts';
import type { Host } from '../../host/host.ts';
import type { Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import type { Family } from '../../net/family.ts';
import { readNftText } from './read-nft-text.ts';

export interface OneInput {
  readonly file: string;
  readonly text: string;
  readonly recognized: Recognized;
  readonly names: TableNames;
  /** Texts of included files are added. */
  readonly sources: Map<string, string>;
}

/** What one file says of the machine. */
export interface ReadPart {
  readonly file: string;
  readonly state: Partial<KernelState>;
  readonly problems: readonly Diagnostic[];
  /** Tables of iptables-nft in nft form, which cannot be used. */
  readonly foreign: readonly Table[];
}

export async function readOne(host: Host, input: OneInput): Promise<ReadPart> {
  const { file, text, recognized, names } = input;
  const part = (state: Partial<KernelState>, problems: readonly Diagnostic[] = []): ReadPart => {
    return { file, state, problems, foreign: [] };
  };
  switch (recognized.kind) {
    case 'snapshot':
      return readSnapshotPart(file, text);
    case 'iptables': {
      const family = recognized.family === 'ipv4' ? 'ip' : 'ip6';
      const { tables, problems } = readIptablesSave(text, { family, frontend: recognized.frontend, file });
      return part({ tables }, problems);
    }
    case 'nft-json':
      return nftPart(file, readNftJson(text, file), isIptablesTable);
    case 'nft-text':
      return nftPart(file, await readNftText(host, file, text, input.sources), (table) =>
        isListedIptables(table, input.sources),
      );
    case 'ip-rules': {
      const read = recognized.json
        ? { policyRules: placed(readPolicyRules(recognized.family, jsonEntries(text, names)), text, file) }
        : readPolicyRuleText(recognized.family, text, file, names);
      return part({ policyRules: read.policyRules }, 'problems' in read ? read.problems : []);
    }
    case 'ip-routes':
      return readRoutePart(input, recognized.family, recognized.json);
    case 'ip-links': {
      const json: unknown = JSON.parse(text);
      return part({ links: readLinks(json), addresses: readAddresses(json) });
    }
    case 'sysctls': {
      const { sysctls, problems } = readSysctlText(text, file);
      return part({ sysctls }, problems);
    }
    case 'ipsets':
      return part({ ipsets: readIpsetSave(text) });
    case 'table-names':
      return part({ files: [{ path: '/etc/iproute2/rt_tables', text }] });
    case 'empty':
    case 'unknown':
      return part({});
  }
}

function readSnapshotPart(file: string, text: string): ReadPart {
  const read = readSnapshot(text, file);
  if (read.kind === 'read') return { file, state: read.state, problems: [], foreign: [] };
  const span = { file, start: read.at, end: read.at };
  return { file, state: {}, problems: [{ message: read.message, span }], foreign: [] };
}

function nftPart(
  file: string,
  read: { readonly tables: readonly Table[]; readonly problems: readonly (string | Diagnostic)[] },
  isForeign: (table: Table) => boolean,
): ReadPart {
  const foreign = read.tables.filter(isForeign);
  const problems = read.problems.map((problem) =>
    typeof problem === 'string' ? { message: problem, span: { file, start: 0, end: 0 } } : problem,
  );
  return {
    file,
    state: { tables: read.tables.flatMap((table) => (foreign.includes(table) ? nftPartOf(table) : [table])) },
    problems,
    foreign,
  };
}

/** People write such tables by hand too; only a listing has what they cannot write, or the numbers behind each rule's counter. */
function isListedIptables(table: Table, sources: ReadonlyMap<string, string>): boolean {
  if (!isIptablesTable(table)) return false;
  if (hasXtables(table)) return true;
  const { chains } = iptablesPartOf(table);
  const spans = chains.flatMap((chain) => chain.rules.flatMap((rule) => rule.span ?? []));
  return (
    spans.length > 0 &&
    spans.every(({ file, start, end }) =>
      /\bcounter packets \d/.test(sources.get(file)?.slice(start, end) ?? ''),
    )
  );
}

function readRoutePart({ file, text, names }: OneInput, family: Family, json: boolean): ReadPart {
  if (!json) {
    const { routes, problems } = readRouteText(family, text, file, names);
    return { file, state: { routes }, problems, foreign: [] };
  }
  const fallback = fallbackFamily(text, family);
  const read = jsonEntries(text, names).flatMap((entry) => readRoutes(routeFamily(entry, fallback), [entry]));
  const routes = placed(read, text, file);
  return { file, state: { routes }, problems: [], foreign: [] };
}

function jsonEntries(text: string, names: TableNames) {
  const json: unknown = JSON.parse(text);
  return withNumbers(json, names);
}

/** Each entry with its place in the JSON text, where every entry was read. */
function placed<T extends object>(read: readonly T[], text: string, file: string): readonly T[] {
  const spans = objectSpans(text, 1);
  if (spans.length !== read.length) return read;
  return read.map((one, at) => ({ ...one, span: { file, ...(spans[at] ?? { start: 0, end: 0 }) } }));
}
