import { EMPTY, FOREIGN_BITS, type Mutation } from './mutation.ts';

/** A mark that is no restored one, with what stands before and after it in its line. */
const MARKS =
  /^(\s*(?:[^#\n]*? )?)(meta mark set (?!ct mark(?! &[^|]*\|))(?:(?! (?:ct mark set|accept|return|goto|jump|drop|counter|comment)\b).)+)(.*)$/;
const SAVES = /ct mark set (?:(?! (?:meta mark set|accept|return|goto|jump|drop|counter|comment)\b).)+/;
const RESTORES = /meta mark set ct mark(?: & \S+)?(?! [|&^])/;

const CHAIN = EMPTY.replace('-', '_');

/** Rules that nft text is broken by, one mutation at a time. Each rule stands in a line of its own. */
export function mutateNft(text: string): readonly Mutation[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => [
    ...(MARKS.test(line)
      ? [...leaving(lines, at), ...leavingInPart(lines, at), ...markedLater(lines, at)]
      : []),
    ...(SAVES.test(line) ? [...spoiledSave(lines, at), ...ofPart(lines, at, 'tcp')] : []),
    ...(RESTORES.test(line) && !MARKS.test(line)
      ? [
          { name: `no restore in "${line.trim()}"`, text: changed(lines, at, line.replace(RESTORES, '')) },
          ...ofPart(lines, at, 'udp'),
        ]
      : []),
    ...(/^\s*type filter hook prerouting /.test(line) ? [establishedFirst(lines, at)] : []),
  ]);
}

/** Some of what is marked leaves. */
function leavingInPart(lines: readonly string[], at: number): readonly Mutation[] {
  return ['meta l4proto udp accept', 'udp dport 443 return'].map((part) => ({
    name: `"${part}" after "${lines[at]?.trim()}"`,
    text: lines.toSpliced(at + 1, 0, `\t\t${part}`).join('\n'),
  }));
}

/** A rule that saves or restores is for one protocol alone; one that marks as well would only mark less. */
function ofPart(lines: readonly string[], at: number, protocol: string): readonly Mutation[] {
  const line = lines[at] ?? '';
  if (/\b(?:tcp|udp|icmp|l4proto)\b/.test(line) || MARKS.test(line)) return [];
  return [
    {
      name: `for ${protocol} alone: "${line.trim()}"`,
      text: changed(lines, at, line.replace(/^\s*/, `$&meta l4proto ${protocol} `)),
    },
  ];
}

/** Later packets of one protocol leave before they can be given their mark again. */
function establishedFirst(lines: readonly string[], at: number): Mutation {
  const rule = 'meta l4proto udp ct state established accept';
  return { name: `"${rule}" first`, text: lines.toSpliced(at + 1, 0, `\t\t${rule}`).join('\n') };
}

function leaving(lines: readonly string[], at: number): readonly Mutation[] {
  const line = lines[at] ?? '';
  const [, before = '', mark = '', after = ''] = MARKS.exec(line) ?? [];
  const left = (verdict: string) => changed(lines, at, `${before}${mark} ${verdict}`);
  const all = [
    { name: `accept after "${line.trim()}"`, text: left('accept') },
    { name: `return after "${line.trim()}"`, text: left('return') },
    { name: `goto an empty chain after "${line.trim()}"`, text: withEmpty(left(`goto ${CHAIN}`), at) },
  ];
  const bare = after.trim() === '' || after.trim().startsWith('comment');
  return bare
    ? [
        ...all,
        {
          name: `accept of everything after "${line.trim()}"`,
          text: changed(lines, at, `${line}\n\t\taccept`),
        },
      ]
    : all;
}

function withEmpty(text: string, at: number): string {
  const lines = text.split('\n');
  const table = lines.slice(0, at).findLastIndex((line) => /^table .*\{$/.test(line));
  return lines.toSpliced(table + 1, 0, `\tchain ${CHAIN} {\n\t}`).join('\n');
}

/** The mark comes after the save of its chain. */
function markedLater(lines: readonly string[], at: number): readonly Mutation[] {
  const line = lines[at] ?? '';
  const end = lines.findIndex((one, place) => place > at && /^\t\}$/.test(one));
  const save = lines.findIndex((one, place) => place > at && place < end && /^\s*ct mark set/.test(one));
  if (save === -1) return [];
  const text = lines.map((one, place) => (place === save ? `${one}\n${line}` : one)).toSpliced(at, 1);
  return [{ name: `"${line.trim()}" moved after "${lines[save]?.trim()}"`, text: text.join('\n') }];
}

function spoiledSave(lines: readonly string[], at: number): readonly Mutation[] {
  const line = lines[at] ?? '';
  const start = lines.slice(0, at).findLastIndex((one) => /^\tchain /.test(one));
  const mark = lines.findIndex((one, place) => place > start && place < at && MARKS.test(one));
  const alone = /^\s*ct mark set/.test(line);
  const replaced = (save: string) => changed(lines, at, line.replace(SAVES, save));
  return [
    { name: `no save in "${line.trim()}"`, text: replaced('') },
    { name: `the packet mark saved to itself in "${line.trim()}"`, text: replaced('meta mark set mark') },
    {
      name: `foreign bits saved in "${line.trim()}"`,
      text: replaced(`ct mark set meta mark & ${FOREIGN_BITS}`),
    },
    {
      name: `half of the bits saved in "${line.trim()}"`,
      text: replaced('ct mark set meta mark & 0x55555555'),
    },
    ...(alone && mark !== -1
      ? [
          {
            name: `"${line.trim()}" moved before the mark`,
            text: lines.toSpliced(at, 1).toSpliced(mark, 0, line).join('\n'),
          },
        ]
      : []),
  ];
}

function changed(lines: readonly string[], at: number, line: string): string {
  return (line.trim() === '' ? lines.toSpliced(at, 1) : lines.with(at, line)).join('\n');
}
