import type { Output } from '../host.ts';

/** Help and tables are laid out for this width where nobody says another. */
const DEFAULT_COLUMNS = 80;

/**
 * A reader that has left (`polywan status | head -1`) is no error: what follows is dropped, and commands that would
 * write for ever hear of it as SIGPIPE, which Node itself ignores.
 */
export function outputTo(stream: NodeJS.WriteStream): Output {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (open) process.emit('SIGPIPE');
    open = false;
  });
  return {
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? DEFAULT_COLUMNS,
    write: (text) => {
      if (open) stream.write(text);
    },
  };
}

export async function inputText(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) text += chunk;
  return text;
}
