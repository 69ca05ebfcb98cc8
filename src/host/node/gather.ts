import type { Readable } from 'node:stream';

/** What a child writes: kept until somebody listens. */
export interface Gathered {
  /** Called with each chunk, first with what came before. Only one listener. */
  listen(listener: (chunk: string) => void): void;
  /** What nobody has heard. */
  rest(): string;
}

export function gather(stream: Readable | null): Gathered {
  let text = '';
  let listener: ((chunk: string) => void) | undefined;
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    if (listener === undefined) text += chunk;
    else listener(chunk);
  });
  return {
    listen: (listen) => {
      listener = listen;
      if (text !== '') listen(text);
      text = '';
    },
    rest: () => text,
  };
}
