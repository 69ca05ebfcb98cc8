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
  /** The table, as `listNft` gives it; after a load as it was then. */
  list(): Promise<string | undefined>;
  /**
   * Has the nft that has listed load a text, as one transaction, which leaves a table or none. False: there is none, or it
   * does not take the text, and nothing is loaded; an nft of its own for it may, or says why not. That one would wait at
   * its end until all processors have let go of what the text deletes, 8 to 30 ms.
   */
  load(text: string, leaves: 'table' | 'nothing'): Promise<boolean>;
  /** It may be asked again, and starts anew then. */
  close(): void;
}

const LIST = `list table inet ${OWN_NFT_TABLE}`;

export function openNftSession(host: Host): NftSession {
  let open: NftDialogue | undefined;
  /** That of the table as it was loaded: whoever loads looks at it next. */
  let listing: string | undefined;
  const start = (): NftDialogue => {
    open ??= startNftDialogue(host);
    return open;
  };
  const close = (): void => {
    void open?.conversation.end();
    open = undefined;
    listing = undefined;
  };
  return {
    list: async () => {
      const loaded = listing;
      listing = undefined;
      if (loaded !== undefined) return loaded;
      const { ask, conversation } = start();
      const answer = await inTime(host, 'nft', conversation, ask(LIST));
      if (isListing(answer)) return answer;
      if (saysThereIsNone(answer)) return undefined;
      // What is no answer is told in the words of the usual way.
      close();
      return listNft(host, 'own');
    },
    load: async (text, leaves) => {
      listing = undefined;
      if (open === undefined || open.isOver()) return false;
      const file = lend(host, text);
      if (file === undefined) return false;
      const { ask, conversation } = open;
      try {
        // What it lists says that it has loaded.
        const next = leaves === 'table' ? LIST : 'list tables';
        const answer = await inTime(host, 'nft', conversation, ask(`include "${file.path}"`, next));
        if (isListing(answer)) {
          if (leaves === 'table') listing = answer;
          return true;
        }
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
