import { mutateIptables } from './mutate-iptables.ts';
import { mutateNft } from './mutate-nft.ts';
import type { Mutation } from './mutation.ts';
import type { Subject } from './subject.ts';

export function mutationsOf({ frontend, text }: Subject): readonly Mutation[] {
  const all = frontend === 'nft' ? mutateNft(text) : mutateIptables(text);
  return all.filter((one) => one.text !== text);
}
