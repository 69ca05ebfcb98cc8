/** A small generator of its own (mulberry32): the same numbers on every machine and in every version of every library. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Pick = (below: number) => number;

const SCRAPS = [
  '',
  ' ',
  '"',
  "'",
  '!',
  '-j',
  '-A',
  '$',
  '${',
  '$(',
  '`',
  '{',
  '}',
  '[',
  ']',
  ':',
  '0',
  '-1',
  '4294967296',
  '0x',
  '/',
  '\0',
  '\t',
  '\r\n',
  '\\',
  '#',
  '&',
  '*',
  '~',
  '- ',
  'null',
  '&a',
  '*a',
  '<<EOF',
  'done',
  'fi',
  '\uFEFF',
  'é',
  '𝄞',
];

/** Gives a function that spoils a text, always in the same way for the same number. Lines of `others` are mixed in. */
export function makeMutator(others: readonly string[]): (text: string, number: number) => string {
  const lines = others.flatMap((text) => text.split('\n'));
  return (text, number) => {
    const random = randomFrom(number * 2654435761);
    const pick: Pick = (below) => Math.floor(random() * below);
    let spoilt = text;
    for (let times = 1 + pick(4); times > 0; times -= 1) spoilt = spoil(spoilt, pick, lines);
    return spoilt;
  };
}

function spoil(text: string, pick: Pick, lines: readonly string[]): string {
  const at = pick(text.length + 1);
  const to = Math.min(text.length, at + pick(40));
  switch (pick(9)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(to);
    case 2:
      return text.slice(0, at) + (SCRAPS[pick(SCRAPS.length)] ?? '') + text.slice(at);
    case 3:
      return text.slice(0, at) + String.fromCharCode(pick(0x180)) + text.slice(at + 1);
    case 4:
      return byLines(text, (own) => own.toSpliced(pick(own.length + 1), 0, lines[pick(lines.length)] ?? ''));
    case 5:
      return byLines(text, (own) => own.toSpliced(pick(own.length + 1), 1));
    case 6:
      return byLines(text, (own) => {
        const from = pick(own.length);
        return own.toSpliced(pick(own.length + 1), 0, ...own.slice(from, from + 1 + pick(5)));
      });
    case 7:
      return byWords(text, pick, (words, word) => words.with(word, words[pick(words.length)] ?? ''));
    default:
      return byWords(text, pick, (words, word) => words.toSpliced(word, 1 + pick(2)));
  }
}

function byLines(text: string, change: (lines: readonly string[]) => readonly string[]): string {
  return change(text.split('\n')).join('\n');
}

function byWords(
  text: string,
  pick: Pick,
  change: (words: readonly string[], at: number) => readonly string[],
): string {
  const words = text.split(/(\s+)/);
  return change(words, pick(words.length)).join('');
}
