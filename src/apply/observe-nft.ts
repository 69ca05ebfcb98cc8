import { type NftListing, readNftJson } from '../codec/nft-json.ts';
import type { Host } from '../host/host.ts';
import type { Table } from '../kernel/netfilter.ts';
import { OWN_NFT_TABLE } from '../kernel/ownership.ts';
import { noAnswer } from './json-answer.ts';
import { isDenied, pipe, pipeIfThere, runAsRoot, saidBy } from './pipe.ts';
import { Refusal } from './refusal.ts';

/** The nft tables: polywan's own (none when it is not loaded), or all of the machine's. */
export async function observeNft(host: Host, which: 'own' | 'all' | 'none'): Promise<readonly Table[]> {
  if (which === 'none') return [];
  const { tables, cut } = parseListing(await listNft(host, which));
  return cut === true && which === 'all' ? observeEach(host) : tables;
}

/** Table by table, where one that is dormant ended nft's listing of them all: of that one nothing else counts. */
async function observeEach(host: Host): Promise<readonly Table[]> {
  const { stdout } = await pipe(host, 'nft', ['list', 'tables']);
  const tables: Table[] = [];
  for (const line of stdout.split('\n')) {
    const [kind, ...name] = line.split(' ');
    if (kind !== 'table') continue;
    // It may have gone in the meantime.
    const { code, stdout: listing } = await pipe(host, 'nft', ['-j', 'list', 'table', ...name]);
    if (code === 0) tables.push(...readListing(listing));
  }
  return tables;
}

/** The tables of a listing. */
export function readListing(text: string | undefined): readonly Table[] {
  return parseListing(text).tables;
}

function parseListing(text: string | undefined): Pick<NftListing, 'tables' | 'cut'> {
  if (text === undefined || text.trim() === '') return { tables: [] };
  const reading = readNftJson(text);
  const { tables, cut, problems } = reading;
  if (cut !== true && tables.length === 0 && problems.length > 0) throw noAnswer('nft -j', text);
  return reading;
}

/** The listing as nft gives it; undefined where there is nothing to list. */
export async function listNft(host: Host, which: 'own' | 'all'): Promise<string | undefined> {
  const what = which === 'own' ? ['table', 'inet', OWN_NFT_TABLE] : ['ruleset'];
  const result = await pipeIfThere(host, 'nft', ['-j', 'list', ...what]);
  // Where there is no nft, nobody has loaded anything with it; whoever needs it says that it is missing.
  if (result.missing === true) return undefined;
  if (result.code === 0) return result.stdout;
  if (saysThereIsNone(result.stderr)) return undefined;
  const said = saidBy(result);
  throw new Refusal(isDenied(said) ? runAsRoot('nft', said) : `nft -j list ${what.join(' ')}: ${said}`);
}

/** In nft's own words: those of a library that is missing beside it are others. */
export function saysThereIsNone(said: string): boolean {
  return /Error: .*No such file or directory/.test(said);
}
