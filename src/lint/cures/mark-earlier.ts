import { formatMark, formatWord } from '../../net/mark.ts';
import type { Defect } from '../flow/defect.ts';
import { sayRef } from '../flow/finding-of.ts';
import { writesOf } from '../flow/marking.ts';
import type { Machine } from '../machine.ts';
import { writtenBits } from '../marks/mark-write.ts';
import { nftWords, saveWords } from './rule-text.ts';
import { cureText } from './way-out.ts';

/** The rule that marks, moved to where its mark can route: what asks for the way out cannot be asked there. */
export function markEarlier(
  machine: Machine,
  { rule, world }: Defect,
  hook: 'prerouting' | 'output',
): string {
  const [write] = writesOf(world, rule);
  const value = write?.constants?.[0] ?? 1;
  const mask = write === undefined ? world.bits : writtenBits(write);
  const written = sayRef(machine, rule);
  if (rule.frontend === 'nft') {
    const words = nftWords(written) ?? `meta mark set ${formatWord(value)}`;
    const type = hook === 'output' ? 'route' : 'filter';
    const base = `type ${type} hook ${hook} priority mangle; policy accept;`;
    return hook === 'output'
      ? cureText('let the base chain route again', [base])
      : cureText('set the mark before routing, in a chain of', [
          base,
          withoutOut(words, /\boifname\s+(?:!=\s*)?\S+\s*/),
        ]);
  }
  const words = saveWords(written) ?? `-A ${rule.chain} -j MARK --set-xmark ${formatMark({ value, mask })}`;
  const chain = hook.toUpperCase();
  const moved = withoutOut(words.replace(/^-[AI] \S+/, `-A ${chain}`), /(?:! )?(?:-o|--out-interface) \S+ /);
  return cureText(`set the mark where it can route, in ${chain} of the mangle table`, [
    '*mangle',
    moved,
    'COMMIT',
  ]);
}

function withoutOut(words: string, out: RegExp): string {
  return words.replace(out, '');
}
