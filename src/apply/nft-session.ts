import { type Host, HostError, type LentFile } from '../host/host.ts';
import { OWN_NFT_TABLE } from '../kernel/ownership.ts';
import { inTime } from './in-time.ts';
import { isListing, type NftDialogue, startNftDialogue } from './nft-prompt.ts';
import { listNft, saysThereIsNone } from './observe-nft.ts';
import { saidBy } from './pipe.ts';
import { statePath } from './state-dir.ts';
import { StepFailure } from './step-failure.ts';

/** Looks at polywan's own table, and changes it, through one nft that stays. */
export interface NftSession {
  /** The table, as `listNft` gives it. */
  list(): Promise<string | undefined>;
  /**
   * Has the nft that has listed load a text, as one transaction. False: there is none, or it does not take the text, and
   * nothing is loaded; an nft of its own for it may, or says why not. That one would wait at its end until all processors
   * have let go of what the text deletes, 8 to 30 ms.
   */
  load(text: string): Promise<boolean>;
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
    list: async () => {
      const { ask, conversation } = start();
      const answer = await inTime(host, 'nft', conversation, ask(`list table inet ${OWN_NFT_TABLE}`));
      if (isListing(answer)) return answer;
      if (saysThereIsNone(answer)) return undefined;
      // What is no answer is told in the words of the usual way.
      close();
      return listNft(host, 'own');
    },
    load: async (text) => {
      if (open === undefined || open.isOver()) return false;
      const file = lend(host, text);
      if (file === undefined) return false;
      const { ask, conversation } = open;
      try {
        const answer = await inTime(host, 'nft', conversation, ask(`include "${file.path}"`, 'list tables'));
        if (isListing(answer)) return true;
        close();
        // An nft that has died may have loaded it before.
        if (answer === '') throw new StepFailure('nft', saidBy(await conversation.ended));
        return false;
      } finally {
        file.close();
      }
    },
    close,
  };
}

/** Undefined where there is no room for it. */
function lend(host: Host, text: string): LentFile | undefined {
  try {
    return host.lendFile(statePath(host, '.'), text);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
