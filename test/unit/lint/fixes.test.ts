import { describe, expect, it } from 'vitest';
import type { Edit } from '../../../src/lint/finding.ts';
import { fwmarkMask } from '../../../src/lint/fixes/fwmark-mask.ts';
import { saveAfterMark } from '../../../src/lint/fixes/save-after-mark.ts';
import { saveMask } from '../../../src/lint/fixes/save-mask.ts';
import { setMask } from '../../../src/lint/fixes/set-mask.ts';
import type { Sources } from '../../../src/net/diagnostic.ts';
import type { Span } from '../../../src/net/span.ts';

type Builder = (sources: Sources, span: Span, mask: number) => readonly Edit[] | undefined;

/** The text after the cure; undefined when there is none. The rule is the line that has `[[` and `]]` around it. */
function cured(build: Builder, marked: string, mask: number): string | undefined {
  const start = marked.indexOf('[[');
  const end = marked.indexOf(']]') - 2;
  const text = marked.replace('[[', '').replace(']]', '');
  const edits = build(new Map([['f', text]]), { file: 'f', start, end }, mask);
  if (edits === undefined) return undefined;
  return [...edits]
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end), text);
}

describe('saving in the marking chain', () => {
  it('puts a save for every packet behind a mark for every packet', () => {
    const text = '*mangle\n[[-A fast -j MARK --set-xmark 0x36/0xff]]\n-A fast -j ACCEPT\n';
    expect(cured(saveAfterMark, text, 0xff)).toBe(
      '*mangle\n-A fast -j MARK --set-xmark 0x36/0xff\n-A fast -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff\n-A fast -j ACCEPT\n',
    );
  });

  it('asks again what a packet answers the same', () => {
    const rule =
      '[[[3:9] -A fast ! -i wan0 -p tcp -m multiport --dports 80,443 -m comment --comment "to fiber" -j MARK --set-mark 0x36]]\r\n';
    expect(cured(saveAfterMark, rule, 0xff)?.split('\n')[1]).toBe(
      '[0:0] -A fast ! -i wan0 -p tcp -m multiport --dports 80,443 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff\r',
    );
  });

  it('asks for the mark where a match would answer otherwise a moment later', () => {
    const save = '-A fast -m mark --mark 0x36/0xff -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff';
    for (const match of [
      '-m statistic --mode nth --every 2',
      '-m mark --mark 0x0/0xff',
      '-m limit --limit 1/s',
    ])
      expect(cured(saveAfterMark, `[[-A fast ${match} -j MARK --set-xmark 0x36/0xff]]`, 0xff)).toContain(
        `\n${save}`,
      );
    expect(
      cured(
        saveAfterMark,
        '[[-A fast -m statistic --mode nth --every 2 -j MARK --set-xmark 0x0/0xff]]',
        0xff,
      ),
    ).toBe(undefined);
  });

  it('keeps a script’s own words', () => {
    const script = '  [[$IPT -t mangle -A out -o "$WAN" -j MARK --set-mark 0x1]]\n';
    expect(cured(saveAfterMark, script, 0xff)).toBe(
      '  $IPT -t mangle -A out -o "$WAN" -j MARK --set-mark 0x1\n  $IPT -t mangle -A out -o "$WAN" -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff\n',
    );
  });

  it('saves in the same rule of nft, in the words nft takes', () => {
    expect(cured(saveAfterMark, '\t\t[[iifname "lan0" meta mark set 0x36 accept]]\n', 0xffffffff)).toBe(
      '\t\tiifname "lan0" meta mark set 0x36 ct mark set meta mark accept\n',
    );
    expect(cured(saveAfterMark, '[[mark set mark & 0xffffff00 | 0x36 accept]];', 0xff)).toBe(
      'mark set mark & 0xffffff00 | 0x36 ct mark set ct mark and 0xffffff00 or 0x36 accept;',
    );
  });

  it('leaves alone what is not certain', () => {
    for (const text of [
      '[[-I fast -j MARK --set-xmark 0x36/0xff]]',
      '[[-A fast -j MARK --or-mark 0x36]]',
      '[[meta mark set numgen inc mod 2 map { 0 : 1, 1 : 2 }]]',
      '[[meta mark set meta mark and 0xffffffff or 0x36]]',
      '[[ct mark set 0x36]]',
      '[[{"rule": {"family": "ip"}}]]',
      'chain a { [[meta mark set 0x1]]; accept; }',
      '[[-A fast -j MARK \\\n  --set-xmark 0x36/0xff]]',
    ])
      expect(cured(saveAfterMark, text, 0xff)).toBe(undefined);
  });
});

describe('adding a mask', () => {
  it('to a save and a restore, in the place of the full ones of a listing', () => {
    expect(cured(saveMask, '[[-A PREROUTING -j CONNMARK --save-mark]]', 0xff)).toBe(
      '-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff',
    );
    expect(
      cured(
        saveMask,
        '[[-A a -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff -m comment --comment x]]',
        0xff00,
      ),
    ).toBe('-A a -j CONNMARK --restore-mark --nfmask 0xff00 --ctmask 0xff00 -m comment --comment x');
    expect(cured(saveMask, '[[ct mark set meta mark]]', 0xff)).toBe(undefined);
  });

  it('to a set mark of both languages', () => {
    expect(cured(setMask, '[[-A a -j MARK --set-mark 0x36]]', 0xff)).toBe(
      '-A a -j MARK --set-xmark 0x36/0xff',
    );
    expect(cured(setMask, '[[-A a -j CONNMARK --set-xmark 54/0xffffffff]]', 0xff)).toBe(
      '-A a -j CONNMARK --set-xmark 0x36/0xff',
    );
    expect(cured(setMask, '[[ip saddr 192.0.2.1 ct mark set 0x36 accept]]', 0xff)).toBe(
      'ip saddr 192.0.2.1 ct mark set ct mark and 0xffffff00 or 0x36 accept',
    );
  });

  it('not where the value has other bits, or there is a mask already', () => {
    expect(cured(setMask, '[[-A a -j MARK --set-mark 0x136]]', 0xff)).toBe(undefined);
    expect(cured(setMask, '[[-A a -j MARK --set-xmark 0x36/0xfff]]', 0xff)).toBe(undefined);
    expect(cured(setMask, '[[meta mark set 0x36 or 0x100]]', 0xff)).toBe(undefined);
    expect(cured(fwmarkMask, '[[100: from all fwmark 0x1/0xf lookup 200]]', 0xff)).toBe(undefined);
    expect(cured(fwmarkMask, '[[100: from all fwmark 0x101 lookup 200]]', 0xff)).toBe(undefined);
  });

  it('to a policy rule, in a listing and in a command', () => {
    expect(cured(fwmarkMask, '[[100:\tfrom all fwmark 0x1 lookup 200]]', 0xff)).toBe(
      '100:\tfrom all fwmark 0x1/0xff lookup 200',
    );
    expect(cured(fwmarkMask, 'up [[ip rule add fwmark 1 table 200]]', 0xff)).toBe(
      'up ip rule add fwmark 0x1/0xff table 200',
    );
  });
});
