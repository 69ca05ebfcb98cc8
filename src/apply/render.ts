import { writeIpsetAdditions } from '../codec/ipset.ts';
import { writeIptablesSave } from '../codec/iptables/write.ts';
import { writeTableReplacement } from '../codec/nft.ts';
import type { KernelState } from '../kernel/state.ts';
import { EMPTY_STATE } from '../kernel/state.ts';
import { ipLines } from './change-text.ts';
import { diff } from './diff.ts';
import { isNft } from './diff-nft.ts';

/** One text and the program, or the file, it is for. Names are those of golden files. */
export interface Rendered {
  readonly name: string;
  readonly fedTo: string;
  readonly text: string;
}

/** What each program would be fed to make this state on a machine that has nothing of it; empty texts are left out. */
export function render(desired: KernelState): readonly Rendered[] {
  const changes = diff(EMPTY_STATE, desired);
  const tables = (family: string) =>
    desired.tables.filter((table) => table.frontend !== 'nft' && table.family === family);
  const nft = desired.tables.filter(isNft);
  const parts: readonly Rendered[] = [
    ...desired.files.map((file) => ({ name: file.path, fedTo: file.path, text: file.text })),
    {
      name: 'sysctls',
      fedTo: 'sysctl -p -',
      text: lines(desired.sysctls.map(({ key, value }) => `${key} = ${value}`)),
    },
    { name: 'ip4.batch', fedTo: 'ip -4 -batch -', text: lines(ipLines(changes, 'ipv4')) },
    { name: 'ip6.batch', fedTo: 'ip -6 -batch -', text: lines(ipLines(changes, 'ipv6')) },
    { name: 'nft', fedTo: 'nft -f -', text: nft.map((table) => writeTableReplacement(table, true)).join('') },
    { name: 'ipset', fedTo: 'ipset restore', text: writeIpsetAdditions([], desired.ipsets) },
    { name: 'iptables', fedTo: 'iptables-restore --noflush', text: writeIptablesSave(tables('ip')) },
    { name: 'ip6tables', fedTo: 'ip6tables-restore --noflush', text: writeIptablesSave(tables('ip6')) },
  ];
  return parts.filter(({ text }) => text !== '');
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
