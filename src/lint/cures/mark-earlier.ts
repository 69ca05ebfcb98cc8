import type { Defect } from '../flow/defect.ts';
import { sayRef } from '../flow/finding-of.ts';
import type { Machine } from '../machine.ts';
import { cureText } from './way-out.ts';

/** The rule that marks, moved to where its mark can route: what asks for the way out cannot be asked there. */
export function markEarlier(machine: Machine, { rule }: Defect, hook: 'prerouting' | 'output'): string {
  const words = sayRef(machine, rule);
  if (rule.frontend === 'nft') {
    const type = hook === 'output' ? 'route' : 'filter';
    const base = `type ${type} hook ${hook} priority mangle; policy accept;`;
    return hook === 'output'
      ? cureText('let the base chain route again', [base])
      : cureText('set the mark before routing, in a chain of', [
          base,
          withoutOut(words, /\boifname\s+(?:!=\s*)?\S+\s*/),
        ]);
  }
  const chain = hook.toUpperCase();
  const moved = withoutOut(words.replace(/^-A \S+/, `-A ${chain}`), /(?:! )?(?:-o|--out-interface) \S+ /);
  return cureText(`set the mark where it can route, in ${chain} of the mangle table`, [
    '*mangle',
    moved,
    'COMMIT',
  ]);
}

function withoutOut(words: string, out: RegExp): string {
  return words.replace(out, '');
}
