import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recognizeFile } from '../../src/cli/lint/lint-file.ts';
import { readMachine } from '../../src/cli/lint/read-machine.ts';
import { nodeHost } from '../../src/host/node.ts';
import { MASKS_CHECKS } from '../../src/lint/groups/masks.ts';
import { RULES_AND_ROUTES_CHECKS } from '../../src/lint/groups/rules-and-routes.ts';
import { lint } from '../../src/lint/lint.ts';

/** nft text as people write it; nft itself reads it in a namespace of its own. */
async function found(nft: string, policyRules = ''): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'polywan-masks-'));
  try {
    const texts = { 'ruleset.nft': nft, ...(policyRules === '' ? {} : { 'rules.txt': policyRules }) };
    const files = Object.entries(texts).map(([name, text]) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return { file, text, kind: recognizeFile(text, file, true) };
    });
    const { machine, problems } = await readMachine(nodeHost(), { name: 'nft', files });
    expect(problems).toEqual([]);
    return lint(machine, [...MASKS_CHECKS, ...RULES_AND_ROUTES_CHECKS]).map(({ check, message, cure, fix }) =>
      [check, message, cure ?? '', fix?.map(({ text }) => text).join() ?? ''].join(' | '),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const prerouting = (...rules: readonly string[]) =>
  `table inet mangle {
  chain prerouting {
    type filter hook prerouting priority mangle; policy accept;
    ${rules.join('\n    ')}
  }
}
`;
const TAILSCALE = `table ip filter {
  chain ts-forward { iifname "tailscale0" meta mark set meta mark and 0xff00ffff or 0x40000; }
  chain forward { type filter hook forward priority filter; jump ts-forward; }
}
`;
const rules = (...lines: readonly string[]) =>
  [
    '0:\tfrom all lookup local',
    ...lines,
    '32766:\tfrom all lookup main',
    '32767:\tfrom all lookup default',
    '',
  ].join('\n');

describe('masks in nft', () => {
  it('finds a restore with fewer bits than the save, and none where they are the same', async () => {
    const set = 'iifname "lan0" meta mark 0 meta mark set 0x12';
    const save = 'ct mark set meta mark & 0xff';
    expect(await found(prerouting('meta mark set ct mark & 0xf', set, save))).toEqual([
      'mask-mismatch | mark 0x12 is saved under 0xff and restored under 0xf: it comes back as 0x2 | meta mark set ct mark & 0xff | ',
    ]);
    expect(await found(prerouting('meta mark set ct mark & 0xff', set, save))).toEqual([]);
  });

  it('finds values outside of their mask in matches, verdict maps and sets', async () => {
    const message = /^mark-value-outside-mask \| /;
    for (const rule of [
      'meta mark & 0xff == 0x100 drop',
      'ct mark & 0xf0 { 0x1, 0x10 } drop',
      'meta mark & 0xff vmap { 0x1 : accept, 0x101 : drop }',
      'meta mark set meta mark & 0xffffff00 ^ 0x101',
    ])
      expect(await found(prerouting(rule)), rule).toEqual([expect.stringMatching(message)]);
    for (const rule of [
      'meta mark & 0xff == 0x10 drop',
      'meta mark set meta mark & 0xffffff00 | 0x101',
      'meta mark set meta mark ^ 0x1',
    ])
      expect(await found(prerouting(rule)), rule).toEqual([]);
  });

  it("finds a whole word set over a program's marks, and gives it a mask", async () => {
    const output = prerouting('meta mark set 0x1')
      .replaceAll('prerouting', 'output')
      .replace('type filter', 'type route');
    expect(await found(output + TAILSCALE)).toEqual([
      expect.stringMatching(
        /^foreign-bits-clobbered \| .* \| meta mark set meta mark & 0xffffff00 \| 0x1 \| .*0xffffff00/,
      ),
    ]);
    const masked = output.replace('meta mark set 0x1', 'meta mark set meta mark & 0xffffff00 | 0x1');
    expect(await found(masked + TAILSCALE)).toEqual([]);
  });

  it('knows the marks that maps and chance give', async () => {
    const spread = prerouting(
      'iifname "lan0" meta mark set numgen random mod 10 map { 0-5 : 0x1, 6-9 : 0x2 }',
    );
    const both = rules(
      '100:\tfrom all fwmark 0x1/0xff lookup 101',
      '101:\tfrom all fwmark 0x2/0xff lookup 102',
    );
    expect(await found(spread, both)).toEqual([]);
    expect(await found(spread, both.replace('0x2/', '0x3/'))).toEqual([
      expect.stringMatching(/^mark-without-rule \| .*mark 0x2:.*"101: .*" waits for one that nobody sets/),
    ]);
  });
});
