import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recognizeFile } from '../../src/cli/lint/lint-file.ts';
import { readMachine } from '../../src/cli/lint/read-machine.ts';
import { nodeHost } from '../../src/host/node.ts';
import { applyEdits } from '../../src/lint/apply-edits.ts';
import { saveAfterMark } from '../../src/lint/fixes/save-after-mark.ts';
import { saveMask } from '../../src/lint/fixes/save-mask.ts';
import { setMask } from '../../src/lint/fixes/set-mask.ts';
import { traceFlow } from '../../src/trace/trace-flow.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-cures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BUILDERS = { saveAfterMark, saveMask, setMask };

function iptables(...rules: readonly string[]): string {
  return `*mangle\n:PREROUTING ACCEPT [0:0]\n:fast - [0:0]\n-A PREROUTING -i lan0 -j fast\n${rules.join('\n')}\nCOMMIT\n`;
}

function nft(...rules: readonly string[]): string {
  return `table inet t {\n\tchain pre {\n\t\ttype filter hook prerouting priority mangle;\n\t\t${rules.join('\n\t\t')}\n\t}\n}\n`;
}

interface Case {
  readonly name: string;
  readonly builder: keyof typeof BUILDERS;
  readonly text: string;
  /** The line that is cured begins with it. */
  readonly at: string;
  readonly mask: number;
  readonly mark: number;
  readonly connmark: number;
}

const CASES: readonly Case[] = [
  {
    name: 'a save behind a mark',
    builder: 'saveAfterMark',
    text: iptables('-A fast -j MARK --set-xmark 0x36/0xff', '-A fast -j ACCEPT'),
    at: '-A fast -j MARK',
    mask: 0xff,
    mark: 0x36,
    connmark: 0x36,
  },
  {
    name: 'a save for the same matches',
    builder: 'saveAfterMark',
    text: iptables(
      '-A fast ! -i wan0 -p tcp -m multiport --dports 80,443 -j MARK --set-mark 0x36',
      '-A fast -j ACCEPT',
    ),
    at: '-A fast !',
    mask: 0xff,
    mark: 0x36,
    connmark: 0x36,
  },
  {
    name: 'a save by the mark where the match asks for the mark',
    builder: 'saveAfterMark',
    text: iptables('-A fast -m mark --mark 0x0/0xff -j MARK --set-xmark 0x36/0xff', '-A fast -j ACCEPT'),
    at: '-A fast -m mark',
    mask: 0xff,
    mark: 0x36,
    connmark: 0x36,
  },
  {
    name: 'a save of whole words in nft',
    builder: 'saveAfterMark',
    text: nft('iifname "lan0" meta mark set 0x36 accept'),
    at: 'iifname',
    mask: 0xffffffff,
    mark: 0x36,
    connmark: 0x36,
  },
  {
    name: 'a masked save in nft',
    builder: 'saveAfterMark',
    text: nft('iifname "lan0" meta mark set meta mark & 0xffffff00 | 0x36 accept'),
    at: 'iifname',
    mask: 0xff,
    mark: 0x36,
    connmark: 0x36,
  },
  {
    name: 'a mask for a save',
    builder: 'saveMask',
    text: iptables('-A fast -j MARK --set-mark 0x136', '-A fast -j CONNMARK --save-mark'),
    at: '-A fast -j CONNMARK',
    mask: 0xff,
    mark: 0x136,
    connmark: 0x36,
  },
  {
    name: 'a mask for a mark',
    builder: 'setMask',
    text: iptables('-A fast -j MARK --set-mark 0x100', '-A fast -j MARK --set-mark 0x36'),
    at: '-A fast -j MARK --set-mark 0x36',
    mask: 0xff,
    mark: 0x136,
    connmark: 0,
  },
  {
    name: 'a mask for a mark in nft',
    builder: 'setMask',
    text: nft('meta mark set 0x100', 'tcp dport 443 meta mark set 0x36'),
    at: 'tcp dport',
    mask: 0xff,
    mark: 0x136,
    connmark: 0,
  },
];

describe.each(CASES)('$name', ({ builder, text, at, mask, mark, connmark }) => {
  const start = text.indexOf(at);
  const file = join(folder, text.startsWith('*') ? 'rules.v4' : 'rules.nft');
  const span = { file, start, end: text.indexOf('\n', start) };
  const sources = new Map([[file, text]]);
  const cured = applyEdits(sources, BUILDERS[builder](sources, span, mask) ?? []).get(file) ?? '';

  it('is taken by the programs that load it', () => {
    expect(cured).not.toBe('');
    writeFileSync(file, cured);
    const loaders = text.startsWith('*')
      ? ['iptables-nft-restore', 'iptables-legacy-restore'].map((program) => [program, file])
      : [['nft', '-f', file]];
    for (const loader of loaders) {
      const { status, stderr } = spawnSync('unshare', ['--net', ...loader], { encoding: 'utf8' });
      expect({ loader, status, stderr }).toEqual({ loader, status: 0, stderr: '' });
    }
  });

  it('does what it is for', async () => {
    writeFileSync(file, cured);
    const kind = recognizeFile(cured, file, true);
    const { machine, problems } = await readMachine(nodeHost(), {
      name: 'cured',
      files: [{ file, text: cured, kind }],
    });
    expect(problems).toEqual([]);
    const trace = traceFlow(
      machine.state,
      {
        family: 'ipv4',
        in: 'lan0',
        source: '192.0.2.10',
        destination: '203.0.113.9',
        protocol: 'tcp',
        sourcePort: 40000,
        destinationPort: 443,
      },
      { packets: ['P1'] },
    );
    if (typeof trace === 'string') throw new Error(trace);
    const ends = trace.paths.flatMap(({ packets }) => packets.map(({ end }) => [end.mark, end.connmark]));
    // Routes were not given, so that there are several ways on.
    expect(ends.length).toBeGreaterThan(0);
    for (const end of ends) expect(end).toEqual([mark, connmark]);
  });
});
