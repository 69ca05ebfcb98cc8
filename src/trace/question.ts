import {
  type Assumptions,
  nameChances,
  OF_PACKET,
  partition,
  rangesOf,
  type Supposition,
  settled,
} from './assumption.ts';
import { contains, intersect, type Ranges, sameRanges, subtract } from './ranges.ts';
import { isPoint, type Mark, type Point, type Term, termKey, type Variable } from './term.ts';
import { knownBits, unknownBits } from './word.ts';

/** Both answers are possible: the path forks, and each side is asked again. */
export interface Question {
  readonly kind: 'question';
  readonly yes: Supposition;
  readonly no: Supposition;
  /** It is about something the test rests on: each side asks the test again. Otherwise `yes` is its answer. */
  readonly again?: true;
}

export type Answer = boolean | Question;

export function question(yes: Omit<Supposition, 'holds'>, no: Omit<Supposition, 'holds'>): Question {
  return { kind: 'question', yes: { ...yes, holds: true }, no: { ...no, holds: false } };
}

/** Whether the term is in the ranges; `text` says so in words, `!` is put before it for the other side. */
export function isIn(assumptions: Assumptions, term: Term, ranges: Ranges, text: string): Answer {
  if (isPoint(term)) return contains(ranges, term);
  switch (term.kind) {
    case 'variable':
      return isVariableIn(assumptions, term, ranges, text);
    case 'word':
      return ranges.length === 2 && ranges[0] === ranges[1] && typeof ranges[0] === 'number'
        ? isWord(assumptions, term, ranges[0], text)
        : decide(assumptions, text, `${termKey(term)} in ${text}`, true);
    case 'undecidable':
      return decide(assumptions, text, `${term.lasting ? '' : OF_PACKET}${term.text} in ${text}`, true);
  }
}

function isVariableIn(assumptions: Assumptions, variable: Variable, ranges: Ranges, text: string): Answer {
  const all = rangesOf(assumptions, variable);
  const inside = intersect(all, ranges);
  if (inside.length === 0) return false;
  if (sameRanges(inside, all)) return true;
  const [yes, no] = partition(assumptions, variable, [ranges]);
  const side = (part: typeof yes, rest: Ranges) => ({
    text,
    narrow: { variable, ranges: rest },
    ...(part?.weight === undefined ? {} : { weight: part.weight }),
  });
  return question(side(yes, inside), side(no, subtract(all, inside)));
}

/** Whether a mark is this word. */
export function isWord(assumptions: Assumptions, mark: Mark, word: number, text: string): Answer {
  if (typeof mark === 'number') return mark === word;
  if (((knownBits(mark) ^ word) & ~unknownBits(mark)) !== 0) return false;
  const key = `${mark.origin} ${mark.unknown} = ${(word & mark.unknown) >>> 0}`;
  const known = assumptions.decisions.get(key);
  if (known !== undefined) return known;
  const bits = { origin: mark.origin, mask: mark.unknown, value: word };
  return question({ text, decide: { key, value: true }, bits }, { text, decide: { key, value: false } });
}

/** A condition nobody can decide; asked again of the same packet it gets the same answer, if it is pure. */
export function decide(assumptions: Assumptions, text: string, key: string, pure: boolean): Answer {
  if (!pure) return question({ text }, { text });
  const known = assumptions.decisions.get(key);
  if (known !== undefined) return known;
  return question({ text, decide: { key, value: true } }, { text, decide: { key, value: false } });
}

/** Whether a name is one of these, or begins like one of the prefixes. */
export function isNamed(
  assumptions: Assumptions,
  term: Term,
  names: ReadonlySet<string>,
  prefixes: readonly string[],
  text: string,
): Answer {
  const point = isPoint(term) ? term : term.kind === 'variable' ? settled(assumptions, term) : undefined;
  if (point !== undefined) return namedPoint(point, names, prefixes);
  if (typeof term !== 'object' || term.kind !== 'variable' || prefixes.length > 0)
    return decide(assumptions, text, `${termKey(term)} named ${text}`, true);
  const { can, other } = nameChances(assumptions, term, names);
  if (can.size === 0) return false;
  if (!other) return true;
  return question(
    { text, name: { variable: term, values: can, not: false } },
    { text, name: { variable: term, values: can, not: true } },
  );
}

function namedPoint(point: Point, names: ReadonlySet<string>, prefixes: readonly string[]): boolean {
  const text = String(point);
  return names.has(text) || prefixes.some((prefix) => text.startsWith(prefix));
}

export function negate(answer: Answer): Answer {
  if (typeof answer === 'boolean') return !answer;
  return answer.again ? answer : { ...answer, yes: answer.no, no: answer.yes };
}
