import type { Conversation, Host } from '../host/host.ts';
import { lineSplitter } from '../host/line-splitter.ts';
import { afterHearing } from './after-hearing.ts';

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
   * The listing that the last of these commands asks for, which the others do not answer; or the first line of why there
   * is none, or of why one was refused; what cannot be an answer to them, too. Nothing from an nft that has ended.
   */
  ask(...commands: readonly string[]): Promise<string>;
  /** Whether nothing can be asked any more. */
  isOver(): boolean;
  readonly conversation: Conversation;
}

/** A listing is written out when it is made; an nft that keeps it, or takes longer, is asked for it by the end of its input. */
const END_AFTER_MS = 1000;

export function startNftDialogue(host: Host): NftDialogue {
  const conversation = startNftPrompt(host);
  // The rest of an error may come when the next command is asked already.
  const asked = new Set<string>();
  let waiting: ((answer: string) => void) | undefined;
  let isOver = false;
  const end = (): void => {
    isOver = true;
    void conversation.end();
  };
  const settle = (text: string): void => {
    waiting?.(text);
    waiting = undefined;
  };
  const hearer = (hear: (said: string) => void) => {
    const linesOf = lineSplitter();
    return (chunk: string): void => {
      // An error repeats the command and points at a place in it.
      const said = linesOf(chunk).find((line) => !asked.has(line) && /[^\s^~]/.test(line));
      if (said !== undefined) hear(said);
    };
  };
  // What was refused before is told in the other pipe, and waits there by now. The end, too, may be heard sooner.
  const settleHeard = (said: string): void => void host.hearEvents().then(() => settle(said));
  conversation.onOutput(hearer(settleHeard));
  conversation.onErrors(hearer(settle));
  void conversation.ended.then(() => {
    isOver = true;
    settleHeard('');
  });
  return {
    ask: (...commands) =>
      new Promise((resolve) => {
        if (isOver) return resolve('');
        const callOff = afterHearing(host, END_AFTER_MS, end);
        waiting = (text) => {
          callOff();
          resolve(text);
        };
        for (const command of commands) asked.add(command);
        conversation.write(commands.map((command) => `${command}\n`).join(''));
      }),
    isOver: () => isOver,
    conversation,
  };
}
