import type { Table } from '../../kernel/netfilter.ts';
import type { InputFile } from './read-files.ts';

/** What iptables-save of iptables-nft 1.8.9 says of a table in which nft has added chains or rules of its own. */
const LEFT_OUT =
  /^# Table [`'](\S+)' (?:contains incompatible base-chains|is incompatible), use 'nft' tool/gm;

/** Sentences on tables of which the save tells a part only, unless nft's own listing tells the rest. */
export function chainsNotSaved(files: readonly InputFile[], tables: readonly Table[]): readonly string[] {
  return files.flatMap(({ file, text, recognized }) => {
    if (recognized.kind !== 'iptables') return [];
    const family = recognized.family === 'ipv4' ? 'ip' : 'ip6';
    const isListed = (name: string) =>
      tables.some((table) => table.frontend === 'nft' && table.family === family && table.name === name);
    return [...text.matchAll(LEFT_OUT)].flatMap(([, name = '']) =>
      isListed(name)
        ? []
        : [
            `${file} leaves out what nft has added to table ${family} ${name}: give the output of 'nft -j list ruleset' as well`,
          ],
    );
  });
}
