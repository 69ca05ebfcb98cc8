import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LintReport } from '../../../src/cli/lint/report.ts';
import { tryFixes } from '../../../src/cli/lint/try-fixes.ts';
import { nodeHost } from '../../../src/host/node.ts';
import { applyEdits } from '../../../src/lint/apply-edits.ts';
import { chooseFixes } from '../../../src/lint/choose-fixes.ts';
import type { Edit, Finding } from '../../../src/lint/finding.ts';
import { unifiedDiff } from '../../../src/lint/unified-diff.ts';
import { NOTE, REPORT } from './sample-report.ts';

function edit(start: number, end: number, text: string): Edit {
  return { span: { file: 'f', start, end }, text };
}

function curable(key: string, ...fix: readonly Edit[]): Finding {
  return { ...NOTE, span: { file: 'f', start: 0, end: 1 }, key, fix };
}

describe('edits', () => {
  it('are made whatever their order, and files that stay the same are left out', () => {
    const sources = new Map([
      ['f', '0123456789'],
      ['g', 'same'],
    ]);
    const edits = [
      edit(8, 9, ''),
      edit(2, 4, 'ab'),
      edit(0, 0, '>'),
      { span: { file: 'g', start: 0, end: 1 }, text: 's' },
    ];
    expect(applyEdits(sources, edits)).toEqual(new Map([['f', '>01ab45679']]));
  });

  it('that touch each other are not made at once, but one that two want is made once', () => {
    const first = curable('a', edit(0, 4, 'x'));
    const same = curable('b', edit(0, 4, 'x'));
    const other = curable('c', edit(4, 4, 'y'));
    const apart = curable('d', edit(6, 7, 'z'));
    const { chosen, edits } = chooseFixes([first, same, other, apart, NOTE]);
    expect(chosen.map(({ key }) => key)).toEqual(['a', 'b', 'd']);
    expect(edits).toHaveLength(2);
  });
});

describe('a unified diff', () => {
  it('shows three lines around a change', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
    expect(unifiedDiff('./rules.v4', before, before.replace('e\n', 'E\nE2\n'))).toBe(
      '--- a/rules.v4\n+++ b/rules.v4\n@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n+E2\n f\n g\n h\n',
    );
    expect(unifiedDiff('f', before, before)).toBe('');
  });
});

describe('cures', () => {
  /** A lint that finds a word wherever it stands, and cures it by another. */
  function linter(words: Readonly<Record<string, string | undefined>>, text: string) {
    const folder = mkdtempSync(join(tmpdir(), 'polywan-cures-'));
    const file = join(folder, 'f');
    writeFileSync(file, text);
    const relint = async (host: { readFile(path: string): string | undefined }): Promise<LintReport> => {
      const now = host.readFile(file) ?? '';
      const findings = Object.entries(words).flatMap(([word, better]) =>
        [...now.matchAll(new RegExp(`\\b${word}\\b`, 'g'))].map((found): Finding => {
          const span = { file, start: found.index, end: found.index + word.length };
          const fix = better === undefined ? {} : { fix: [{ span, text: better }] };
          return { ...NOTE, check: `no-${word}`, key: word, span, ...fix };
        }),
      );
      return { ...REPORT, findings, unreadable: [], sources: new Map([[file, now]]) };
    };
    const done = () => rmSync(folder, { recursive: true });
    return { file, relint, done };
  }

  async function after(words: Readonly<Record<string, string | undefined>>, text: string) {
    const { file, relint, done } = linter(words, text);
    try {
      const { changed, refused } = await tryFixes(nodeHost(), relint);
      expect(readFileSync(file, 'utf8')).toBe(text);
      return { text: changed[0]?.after ?? text, refused: refused.map(({ check }) => check) };
    } finally {
      done();
    }
  }

  it('are made in every place, and nothing is written', async () => {
    expect(await after({ bad: 'good' }, 'bad and bad')).toEqual({ text: 'good and good', refused: [] });
  });

  it('are not made where another finding comes of them', async () => {
    expect(await after({ bad: 'worse', worse: undefined }, 'bad')).toEqual({
      text: 'bad',
      refused: ['no-bad'],
    });
  });

  it('are not made where they cure nothing', async () => {
    expect(await after({ bad: 'bad' }, 'bad')).toEqual({ text: 'bad', refused: ['no-bad'] });
  });

  it('are made with those that they call for', async () => {
    expect(await after({ bad: 'middling', middling: 'good' }, 'bad')).toEqual({ text: 'good', refused: [] });
  });

  it('do not keep each other from being made', async () => {
    expect(await after({ bad: 'worse', worse: undefined, ugly: 'fine' }, 'bad ugly')).toEqual({
      text: 'bad fine',
      refused: ['no-bad'],
    });
  });

  it('leave records and what is not UTF-8 alone', async () => {
    for (const text of ['{"rule": "bad"}', 'bad \ufffd'])
      expect(await after({ bad: 'good' }, text)).toEqual({ text, refused: [] });
  });

  it('end, even when each makes the next', async () => {
    expect(await after({ a: 'b', b: 'a' }, 'a')).toEqual({ text: 'a', refused: ['no-a'] });
  });
});
