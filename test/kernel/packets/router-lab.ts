import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodeHost } from '../../../src/host/node.ts';
import { buildLab, type Lab } from '../../../src/lab/lab.ts';
import { LAB } from './topology.ts';

export type Frontend = 'nftables' | 'iptables-nft' | 'iptables-legacy';

const ROOT = new URL('../../../', import.meta.url).pathname;

/** A lab, the folder of its site, and polywan running in its router. */
export interface RouterLab {
  readonly lab: Lab;
  readonly frontend: Frontend;
  /** Of polywan in the router, with its own state. */
  readonly env: Readonly<Record<string, string>>;
  /** Words that run a command of polywan on the site. */
  command(name: string): readonly [string, ...string[]];
  /** Writes files of the site: `polywan.yaml` and profiles. */
  write(files: Readonly<Record<string, string>>): void;
  /** Runs polywan in the router; the test fails when it does. */
  polywan(...words: readonly string[]): Promise<string>;
  /** The same with another netfilter front end. */
  polywanBy(frontend: Frontend, ...words: readonly string[]): Promise<string>;
  /** Runs a shell line in the router; the test fails when it does. */
  sh(line: string): Promise<string>;
  nft(text: string): Promise<void>;
  end(): Promise<void>;
}

export async function routerLab(frontend: Frontend): Promise<RouterLab> {
  const folder = mkdtempSync(join(tmpdir(), 'polywan-packets-'));
  const lab = await buildLab(nodeHost(), LAB, { agent: [process.execPath, join(ROOT, 'dist/agent.cjs')] });
  const sure = async (program: string, words: readonly string[], options = {}): Promise<string> => {
    const result = await lab.exec('router', program, words, { timeoutMs: 60_000, ...options });
    expect(result.code, `${program} ${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
    return result.stdout;
  };
  const envOf = (by: Frontend): Record<string, string> => ({
    POLYWAN_STATE_DIR: join(folder, 'state'),
    POLYWAN_ROOT: join(folder, 'root'),
    ...(by === 'nftables' ? {} : { POLYWAN_IPTABLES: by }),
  });
  const command = (name: string): readonly [string, ...string[]] => [
    join(ROOT, 'bin/polywan'),
    name,
    '-c',
    join(folder, 'polywan.yaml'),
  ];
  const polywanBy = (by: Frontend, ...words: readonly string[]): Promise<string> => {
    const [name = '', ...rest] = words;
    const [program, ...first] = command(name);
    return sure(program, [...first, ...rest], { env: envOf(by) });
  };
  return {
    lab,
    frontend,
    env: envOf(frontend),
    command,
    write: (files) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    },
    polywan: (...words) => polywanBy(frontend, ...words),
    polywanBy,
    sh: (line) => sure('sh', ['-c', line]),
    nft: async (text) => {
      await sure('nft', ['-f', '-'], { input: text });
    },
    end: async () => {
      await lab.tearDown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
