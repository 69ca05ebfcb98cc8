import { HostError, type Output } from '../host.ts';
import { lineSplitter } from '../line-splitter.ts';
import { reasonOf } from './reasons.ts';

/** Help and tables are laid out for this width where nobody says another. */
const DEFAULT_COLUMNS = 80;

const inUse: NodeJS.WriteStream[] = [];
/** Of standard output, where a reader that has left is none. */
let failure: NodeJS.ErrnoException | undefined;

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
      if (error.code === 'EPIPE' && open) process.emit('SIGPIPE');
      if (error.code !== 'EPIPE' && opened === process.stdout) failure ??= error;
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

/**
 * A pipe takes 64 KiB at once; what is beyond that is lost with the process unless its reader is waited for. Throws where
 * standard output could not be written to, which a stream only says by then.
 */
export async function allWritten(): Promise<void> {
  for (const stream of inUse) await new Promise<void>((done) => stream.write('', () => done()));
  if (failure === undefined) return;
  const { code = 'EIO' } = failure;
  throw new HostError(code, '', `cannot write all of the output: ${reasonOf(code)}`);
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
