import { wakeTables } from '../../codec/nft-dormant.ts';
import { readNftJson } from '../../codec/nft-json.ts';
import { type Include, nftPlaces } from '../../codec/nft-places.ts';
import { withoutXtables } from '../../codec/nft-xtables.ts';
import type { Host } from '../../host/host.ts';
import type { Chain, Table } from '../../kernel/netfilter.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { globPattern } from './glob.ts';
import { listNft } from './list-nft.ts';

/** nft text as nft understands it, with each rule's place in the text that was written. */
export async function readNftText(
  host: Host,
  file: string,
  text: string,
  sources: Map<string, string>,
): Promise<{ readonly tables: readonly Table[]; readonly problems: readonly (string | Diagnostic)[] }> {
  const { text: woken, isDormant } = wakeTables(text);
  const { text: readable, restore } = withoutXtables(woken);
  const listed = await listNft(host, file, readable);
  if (listed.kind === 'refused') return { tables: [], problems: listed.problems };
  const { tables, problems } = readNftJson(listed.json);
  const places = nftPlaces(file, text, includes(host, file, sources));
  const placeChain = (table: Table, chain: Chain): Chain => {
    const spans = places.rules(table.family, table.name, chain.name);
    const span = places.chain(table.family, table.name, chain.name) ?? { file, start: 0, end: 0 };
    // Where a rule was made by something that is not looked for, the chain's place is all that is sure.
    const known = spans.length === chain.rules.length;
    const rules = chain.rules.map((rule, at) => ({ ...rule, span: known ? (spans[at] ?? span) : span }));
    return { ...chain, rules, span };
  };
  return {
    tables: restore(tables).map((table) => ({
      ...table,
      ...(isDormant(table.family, table.name) ? { dormant: true as const } : {}),
      chains: table.chains.map((chain) => placeChain(table, chain)),
    })),
    problems,
  };
}

/** Relative to the file's folder, as `nft -I` has it; a pattern's files in the order of their names. */
function includes(host: Host, file: string, sources: Map<string, string>): Include {
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.';
  return (path) => {
    const full = path.startsWith('/') ? path : `${folder}/${path.replace(/^\.\//, '')}`;
    const at = full.lastIndexOf('/');
    const pattern = globPattern(full.slice(at + 1));
    const names = (host.listDirectory(full.slice(0, at)) ?? []).filter((name) => pattern.test(name));
    return names.flatMap((name) => {
      const found = `${full.slice(0, at)}/${name}`;
      const text = host.readFile(found);
      if (text === undefined) return [];
      sources.set(found, text);
      return [{ file: found, text }];
    });
  };
}
