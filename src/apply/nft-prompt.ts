import type { Conversation, Host } from '../host/host.ts';

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
