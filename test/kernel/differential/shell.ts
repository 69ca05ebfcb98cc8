import { spawn } from 'node:child_process';

export interface Shell {
  readonly run: (script: string) => Promise<string>;
  readonly end: () => void;
}

const END = '<<end of script>>';

/** One shell in the router: a process for each step would take longer than the step. */
export function openShell(namespace: string): Shell {
  const child = spawn('ip', ['netns', 'exec', namespace, 'sh'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  let waiting: ((text: string) => void) | undefined;
  const take = (chunk: Buffer) => {
    text += chunk.toString();
    if (!text.includes(END)) return;
    const [before = ''] = text.split(END);
    text = '';
    waiting?.(before);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', (chunk: Buffer) => {
    text += `error: ${chunk.toString()}`;
  });
  return {
    run: (script) =>
      new Promise((resolve) => {
        waiting = resolve;
        child.stdin.write(`${script}\nsleep 0 2>&1; echo '${END}'\n`);
      }),
    end: () => child.stdin.end(),
  };
}
