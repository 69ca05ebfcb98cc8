import { binary, CT_MARK, type Expression, META_MARK, number } from '../../../kernel/expression.ts';
import { type MarkWord, markExpression, masked, readMarkWord } from '../../../kernel/mark-word.ts';
import type { Statement } from '../../../kernel/statement.ts';
import { FULL_MASK, formatWord, parseMark, parseWord } from '../../../net/mark.ts';
import { argumentOf, hasOption, type OptionUse, type TargetExtension, use } from '../extension.ts';

const SETTERS = {
  '--set-mark': 1,
  '--set-xmark': 1,
  '--and-mark': 1,
  '--or-mark': 1,
  '--xor-mark': 1,
} as const;
const MASKS = { '--mask': 1, '--nfmask': 1, '--ctmask': 1 } as const;
const SHIFTS = { '--left-shift-mark': 1, '--right-shift-mark': 1 } as const;

/** The V and K of word = (word & ~K) ^ V that each option stands for (kernel-facts 3). */
function setter(name: string, text: string): { readonly value: number; readonly mask: number } | undefined {
  const mark = parseMark(text);
  if (mark === undefined) return undefined;
  const { value, mask } = mark;
  switch (name) {
    case '--set-xmark':
      return mark;
    case '--set-mark':
      return { value, mask: (mask | value) >>> 0 };
    case '--and-mark':
      return { value: 0, mask: ~value >>> 0 };
    case '--or-mark':
      return { value, mask: value };
    case '--xor-mark':
      return { value, mask: 0 };
    default:
      return undefined;
  }
}

function readSetter(uses: readonly OptionUse[], part: 'packet' | 'connection'): Expression | undefined {
  const one = uses.find(({ name }) => name in SETTERS);
  const set = one === undefined ? undefined : setter(one.name, one.args[0] ?? '');
  if (set === undefined) return undefined;
  const kept = { packet: 0, connection: 0, constant: set.value, [part]: ~set.mask >>> 0 };
  return markExpression(kept);
}

/** `--set-xmark V/K` of a value that keeps bits of the same word and changes others. */
function writeSetter(word: MarkWord | undefined, part: 'packet' | 'connection'): OptionUse[] | undefined {
  const other = part === 'packet' ? word?.connection : word?.packet;
  if (word === undefined || other !== 0) return undefined;
  return [use('--set-xmark', `${formatWord(word.constant)}/${formatWord(~word[part])}`)];
}

/** `first` when it is the only statement and a set of `target`: its value. */
function onlySet(effects: readonly Statement[], kind: 'meta' | 'ct'): Expression | undefined {
  const [first, ...rest] = effects;
  if (first?.kind !== 'set' || rest.length > 0 || first.target.kind !== kind) return undefined;
  return first.target.key === 'mark' ? first.value : undefined;
}

export const MARK: TargetExtension = {
  name: 'MARK',
  options: SETTERS,
  read: (uses) => {
    const value = uses.length === 1 ? readSetter(uses, 'packet') : undefined;
    return value === undefined ? undefined : [{ kind: 'set', target: META_MARK, value }];
  },
  write: (effects) => {
    const value = onlySet(effects, 'meta');
    return value === undefined ? undefined : writeSetter(readMarkWord(value), 'packet');
  },
};

export const CONNMARK: TargetExtension = {
  name: 'CONNMARK',
  options: { ...SETTERS, ...MASKS, ...SHIFTS, '--save-mark': 0, '--restore-mark': 0 },
  read: (uses) => {
    const shift = readShift(uses);
    if (shift === undefined) return undefined;
    if (!hasOption(uses, '--save-mark', '--restore-mark')) {
      const value = readSetter(uses, 'connection');
      return value === undefined ? undefined : [{ kind: 'set', target: CT_MARK, value: shift(value) }];
    }
    const masks = readMasks(uses);
    if (masks === undefined) return undefined;
    return hasOption(uses, '--save-mark')
      ? [
          {
            kind: 'set',
            target: CT_MARK,
            value: copy(CT_MARK, masks.connection, META_MARK, masks.packet, shift),
          },
        ]
      : [
          {
            kind: 'set',
            target: META_MARK,
            value: copy(META_MARK, masks.packet, CT_MARK, masks.connection, shift),
          },
        ];
  },
  write: (effects) => {
    const saved = onlySet(effects, 'ct');
    const word = readMarkWord(saved ?? onlySet(effects, 'meta') ?? number(0));
    if (word === undefined) return undefined;
    if (saved !== undefined && word.packet === 0) return writeSetter(word, 'connection');
    if (word.constant !== 0 || (saved === undefined && word.connection === 0)) return undefined;
    const [packet, connection] =
      saved === undefined ? [~word.packet, word.connection] : [word.packet, ~word.connection];
    return [
      use(saved === undefined ? '--restore-mark' : '--save-mark'),
      use('--nfmask', formatWord(packet)),
      use('--ctmask', formatWord(connection)),
    ];
  },
};

/** (to & ~toMask) ^ shift(from & fromMask) */
function copy(
  to: Expression,
  toMask: number,
  from: Expression,
  fromMask: number,
  shift: (value: Expression) => Expression,
): Expression {
  const kept = masked(to, ~toMask >>> 0);
  const moved = masked(from, fromMask);
  if (moved === undefined) return kept ?? number(0);
  return kept === undefined ? shift(moved) : binary('^', kept, shift(moved));
}

function readMasks(uses: readonly OptionUse[]): { packet: number; connection: number } | undefined {
  const both = argumentOf(uses, '--mask');
  const packet = parseWord(argumentOf(uses, '--nfmask') ?? both ?? String(FULL_MASK));
  const connection = parseWord(argumentOf(uses, '--ctmask') ?? both ?? String(FULL_MASK));
  return packet === undefined || connection === undefined ? undefined : { packet, connection };
}

function readShift(uses: readonly OptionUse[]): ((value: Expression) => Expression) | undefined {
  const left = argumentOf(uses, '--left-shift-mark');
  const right = argumentOf(uses, '--right-shift-mark');
  const bits = parseWord(left ?? right ?? '0');
  if (bits === undefined || bits > 31) return undefined;
  return bits === 0
    ? (value) => value
    : (value) => binary(left === undefined ? '>>' : '<<', value, number(bits));
}
