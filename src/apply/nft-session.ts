import type { Host } from '../host/host.ts';
import { OWN_NFT_TABLE } from '../kernel/ownership.ts';
import { inTime } from './in-time.ts';
import { isListing, type NftDialogue, startNftDialogue } from './nft-prompt.ts';
import { listNft, saysThereIsNone } from './observe-nft.ts';

/** Looks at polywan's own table through one nft that stays between the looks. */
export interface NftSession {
  /** nft takes some 3 ms to start, and Node as long to start it: who knows that it will ask has that behind it then. */
  start(): void;
  /** The table, as `listNft` gives it. */
  list(): Promise<string | undefined>;
  /** It may be asked again, and starts anew then. */
  close(): void;
}

export function openNftSession(host: Host): NftSession {
  let open: NftDialogue | undefined;
  const start = (): NftDialogue => {
    open ??= startNftDialogue(host);
    return open;
  };
  const close = (): void => {
    void open?.conversation.end();
    open = undefined;
  };
  return {
    start: () => void start(),
    list: async () => {
      const { ask, conversation } = start();
      const answer = await inTime(host, 'nft', conversation, ask(`list table inet ${OWN_NFT_TABLE}`));
      if (isListing(answer)) return answer;
      if (saysThereIsNone(answer)) return undefined;
      // What is no answer is told in the words of the usual way.
      close();
      return listNft(host, 'own');
    },
    close,
  };
}
