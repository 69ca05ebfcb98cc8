import { execFileSync } from 'node:child_process';

/** A machine with one uplink and nobody behind it, in a namespace of its own: rulesets are loaded, and packets sent. */
export interface UplinkHost {
  /** Runs a program there, and gives what it prints. */
  readonly run: (words: readonly string[], input?: string) => string;
  readonly remove: () => void;
}

let made = 0;

export function makeUplinkHost(): UplinkHost {
  made += 1;
  const name = `pwuplink${process.pid}-${made}`;
  const ip = (...words: readonly string[]) => execute(['ip', ...words]);
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'isp0');
  for (const device of ['lo', 'wan0', 'isp0']) ip('-n', name, 'link', 'set', device, 'up');
  ip('-n', name, 'address', 'add', '198.51.100.2/24', 'dev', 'wan0');
  return {
    run: (words, input) => execute(['ip', 'netns', 'exec', name, ...words], input),
    remove: () => ip('netns', 'delete', name),
  };
}

function execute(words: readonly string[], input = ''): string {
  const [program = '', ...rest] = words;
  return execFileSync(program, rest, {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 60_000,
  });
}
