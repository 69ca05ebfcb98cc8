import { EMPTY, FOREIGN_BITS, type Mutation } from './mutation.ts';

const MARKS = /^-A .*-j MARK --set-x?mark (?!0x0\/)/;
const SAVES = /^-A .*-j CONNMARK --(?:save-mark|set-x?mark (?!0x0\/))/;
const RESTORES = /^-A .*-j CONNMARK --restore-mark/;

/** Rules that an iptables-save text is broken by, one mutation at a time. */
export function mutateIptables(text: string): readonly Mutation[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => [
    ...(MARKS.test(line)
      ? [...leaving(lines, at), ...leavingInPart(lines, at), ...markedLater(lines, at)]
      : []),
    ...(SAVES.test(line) ? [...spoiledSave(lines, at), ...ofPart(lines, at, 'tcp')] : []),
    ...(RESTORES.test(line)
      ? [{ name: `without "${line}"`, text: joined(lines.toSpliced(at, 1)) }, ...ofPart(lines, at, 'udp')]
      : []),
    ...(line.startsWith('-A PREROUTING ') && chainOf(lines[at - 1] ?? '') !== 'PREROUTING'
      ? [establishedFirst(lines, at)]
      : []),
  ]);
}

/** Some of what is marked leaves. */
function leavingInPart(lines: readonly string[], at: number): readonly Mutation[] {
  const chain = chainOf(lines[at] ?? '');
  return ['-p udp -j ACCEPT', '-p udp -m udp --dport 443 -j RETURN'].map((part) => ({
    name: `"${part}" after "${lines[at]}"`,
    text: joined(lines.toSpliced(at + 1, 0, `-A ${chain} ${part}`)),
  }));
}

/** A save or restore is for one protocol alone. */
function ofPart(lines: readonly string[], at: number, protocol: string): readonly Mutation[] {
  const line = lines[at] ?? '';
  if (/ -p /.test(line)) return [];
  return [
    {
      name: `for ${protocol} alone: "${line}"`,
      text: joined(lines.with(at, line.replace(/^-A \S+/, `$& -p ${protocol}`))),
    },
  ];
}

/** Later packets of one protocol leave before they can be given their mark again. */
function establishedFirst(lines: readonly string[], at: number): Mutation {
  const rule = '-A PREROUTING -p udp -m conntrack --ctstate ESTABLISHED -j ACCEPT';
  return { name: `"${rule}" before "${lines[at]}"`, text: joined(lines.toSpliced(at, 0, rule)) };
}

function leaving(lines: readonly string[], at: number): readonly Mutation[] {
  const line = lines[at] ?? '';
  const rule = line.replace(/ -[jg] .*$/, '');
  const same = withoutMarks(rule);
  const chain = chainOf(line);
  const all: readonly (readonly [string, string])[] = [
    ['ACCEPT', `${same} -j ACCEPT`],
    ['ACCEPT of everything', `-A ${chain} -j ACCEPT`],
    ['RETURN', `${same} -j RETURN`],
    ['goto an empty chain', `${same} -g ${EMPTY}`],
  ];
  return all
    .filter(([, text], index) => all.findIndex(([, other]) => other === text) === index)
    .map(([what, added]) => ({
      name: `${what} after "${line}"`,
      text: declared(joined(lines.toSpliced(at + 1, 0, added)), added, at, lines),
    }));
}

/** A goto needs its chain in the table of the rule. */
function declared(text: string, added: string, at: number, lines: readonly string[]): string {
  if (!added.includes(EMPTY)) return text;
  const table = lines.slice(0, at).findLastIndex((line) => line.startsWith('*'));
  return joined(text.split('\n').toSpliced(table + 1, 0, `:${EMPTY} - [0:0]`));
}

/** The mark comes after the save that was to save it. */
function markedLater(lines: readonly string[], at: number): readonly Mutation[] {
  const line = lines[at] ?? '';
  const end = lines.findIndex((one, place) => place > at && one === 'COMMIT');
  const saves = lines.flatMap((one, place) => (place < end && /--save-mark/.test(one) ? [place] : []));
  const own = saves.find((place) => place > at && chainOf(lines[place] ?? '') === chainOf(line));
  const save = own ?? saves.at(0);
  // No packet has an interface that it came in by when it leaves.
  if (save === undefined || (/ -i /.test(line) && /^-A (?:POSTROUTING|OUTPUT)/.test(lines[save] ?? '')))
    return [];
  const moved = line.replace(/^-A \S+/, `-A ${chainOf(lines[save] ?? '')}`);
  const text = joined(
    lines.map((one, place) => (place === save ? `${one}\n${moved}` : one)).toSpliced(at, 1),
  );
  return [{ name: `"${line}" moved after "${lines[save]}"`, text }];
}

function spoiledSave(lines: readonly string[], at: number): readonly Mutation[] {
  const line = lines[at] ?? '';
  const chain = chainOf(line);
  const first = lines.findIndex((one) => chainOf(one) === chain);
  const mark = lines.findIndex((one, place) => place < at && chainOf(one) === chain && MARKS.test(one));
  const masked = (mask: string) =>
    line.replace(/-j CONNMARK .*$/, `-j CONNMARK --save-mark --nfmask ${mask} --ctmask ${mask}`);
  return [
    { name: `without "${line}"`, text: joined(lines.toSpliced(at, 1)) },
    { name: `foreign bits saved by "${line}"`, text: joined(lines.with(at, masked(FOREIGN_BITS))) },
    { name: `half of the bits saved by "${line}"`, text: joined(lines.with(at, masked('0x55555555'))) },
    ...(/--save-mark/.test(line)
      ? [
          {
            name: `"${line}" moved before the mark`,
            text: joined(lines.toSpliced(at, 1).toSpliced(mark === -1 ? first : mark, 0, line)),
          },
        ]
      : []),
  ];
}

/** What holds of the packet still when it was marked; chance is not asked twice. */
function withoutMarks(rule: string): string {
  return rule
    .replace(/ -m statistic(?: --(?:mode|probability|every|packet) \S+)+/, '')
    .replace(/ -m mark (?:! )?--mark \S+/, '')
    .replace(/ -m comment --comment (?:"[^"]*"|\S+)/, '');
}

function chainOf(line: string): string {
  return /^-A (\S+)/.exec(line)?.[1] ?? '';
}

function joined(lines: readonly string[]): string {
  return lines.join('\n');
}
