import { mutateIptables } from './mutate-iptables.ts';
import { mutateNft } from './mutate-nft.ts';
import { IPTABLES, mutateOrder, NFT } from './mutate-order.ts';
import type { Mutation } from './mutation.ts';
import type { Subject } from './subject.ts';

export function mutationsOf({ name, frontend, text }: Subject): readonly Mutation[] {
  const all = frontend === 'nft' ? mutateNft(text) : mutateIptables(text);
  // The golden rulesets are long: every rule of theirs that marks, saves or restores is among the others.
  const order = name.startsWith('polywan') ? [] : mutateOrder(text, frontend === 'nft' ? NFT : IPTABLES);
  return [...all, ...order].filter((one) => one.text !== text);
}
