import type { Conversation, Host } from '../host/host.ts';
import { lineSplitter } from '../host/line-splitter.ts';

/** nft keeps what its prompt was told in a file of the user's home; there it cannot. */
const NO_HISTORY = { HOME: '/dev/null' };

/**
 * nft's own prompt, started by the program in `through` where there is one: it waits for commands, a line each, and has
 * answered in JSON when its input ends. An nft that was built without one ends at once.
 */
export function startNftPrompt(host: Host, through: readonly string[] = []): Conversation {
  const [program = 'nft', ...words] = [...through, 'nft', '-j', '-i'];
  return host.converse(program, words, NO_HISTORY);
}

/** Whether its answer is a listing and nothing else. Some builds repeat their input. */
export function isListing(answer: string): boolean {
  return answer.startsWith('{"nftables"');
}

/** An nft that answers one command after another. */
export interface NftDialogue {
  /**
   * A listing, or the first line of why there is none; what cannot be an answer to it, too. Nothing from an nft that has
   * ended.
   */
  ask(command: string): Promise<string>;
  readonly conversation: Conversation;
}

/** A listing is written out when it is made; an nft that keeps it, or takes longer, is asked for it by the end of its input. */
const END_AFTER_MS = 1000;

export function startNftDialogue(host: Host): NftDialogue {
  const conversation = startNftPrompt(host);
  let asked = '';
  let waiting: ((answer: string) => void) | undefined;
  let isGone = false;
  const settle = (text: string): void => {
    waiting?.(text);
    waiting = undefined;
  };
  const hearer = () => {
    const linesOf = lineSplitter();
    return (chunk: string): void => {
      // An error repeats the command and points at a place in it.
      const said = linesOf(chunk).find((line) => line !== asked && /[^\s^~]/.test(line));
      if (said !== undefined) settle(said);
    };
  };
  conversation.onOutput(hearer());
  conversation.onErrors(hearer());
  void conversation.ended.then(() => {
    isGone = true;
    settle('');
  });
  return {
    ask: (command) =>
      new Promise((resolve) => {
        if (isGone) return resolve('');
        const callOff = host.after(END_AFTER_MS, () => void conversation.end());
        waiting = (text) => {
          callOff();
          resolve(text);
        };
        asked = command;
        conversation.write(`${command}\n`);
      }),
    conversation,
  };
}
