import type { Output } from '../host.ts';
import { lineSplitter } from '../line-splitter.ts';

/** Help and tables are laid out for this width where nobody says another. */
const DEFAULT_COLUMNS = 80;

const inUse: NodeJS.WriteStream[] = [];

/** For what nobody reads. */
export const UNHEARD: Output = { isTerminal: false, columns: DEFAULT_COLUMNS, write: () => undefined };

/**
 * A reader that has left (`polywan status | head -1`) is no error: what follows is dropped, and commands that would
 * write for ever hear of it as SIGPIPE, which Node itself ignores. Node's own stream is only opened when something is
 * written or asked of it: it costs a millisecond.
 */
export function outputTo(streamOf: () => NodeJS.WriteStream): Output {
  let open = true;
  let opened: NodeJS.WriteStream | undefined;
  const stream = (): NodeJS.WriteStream => {
    if (opened !== undefined) return opened;
    opened = streamOf();
    inUse.push(opened);
    opened.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (open) process.emit('SIGPIPE');
      open = false;
    });
    return opened;
  };
  return {
    get isTerminal() {
      return stream().isTTY === true;
    },
    get columns() {
      return stream().columns ?? DEFAULT_COLUMNS;
    },
    write: (text) => {
      if (open) stream().write(text);
    },
  };
}

/** A pipe takes 64 KiB at once; what is beyond that is lost with the process unless its reader is waited for. */
export async function allWritten(): Promise<void> {
  for (const stream of inUse)
    if (stream.writableLength > 0) await new Promise<void>((done) => stream.write('', () => done()));
}

export async function inputText(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) text += chunk;
  return text;
}

export async function* inputLines(): AsyncGenerator<string> {
  const linesOf = lineSplitter();
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) yield* linesOf(chunk);
}
