import { printable } from '../../../config/format-diagnostic.ts';
import type { Finding, PathStep } from '../../../lint/finding.ts';
import { table } from '../table.ts';
import { wrap } from '../wrap.ts';
import { excerpt } from './excerpt.ts';
import { flowTable, flowWords } from './flow-words.ts';
import type { Paint } from './palette.ts';
import type { Place, Places } from './places.ts';

export interface FindingSetting {
  readonly places: Places;
  readonly paint: Paint;
  readonly width: number;
}

const INDENT = '  ';

/** A finding as a person reads it: where and what, the line, the way there, who suffers, the cure. */
export function findingText(finding: Finding, setting: FindingSetting): string {
  return [
    ...headLines(finding, setting),
    ...excerptLines(finding, setting),
    ...pathLines(finding, setting),
    ...flowLines(finding, setting),
    ...section('assumed', finding.assumed ?? [], setting),
    ...section('cure', (finding.cure ?? '').split('\n'), setting),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** The first line can be searched for; the message goes on below it where it is wider than the terminal. */
function headLines({ span, severity, message, check }: Finding, setting: FindingSetting): readonly string[] {
  const { places, paint, width } = setting;
  const place = printable(placeName(places.of(span), span.file));
  const lead = `${place}: ${severity}:`;
  const tail = `[${check}]`;
  // Wrapped as one text, so that all of it fits; colours are put in afterwards.
  const [first = '', ...rest] = wrapAfter(lead, `${printable(message)} ${tail}`, width);
  const head = first.replace(lead, () => `${paint('bold', `${place}:`)} ${paint(severity, `${severity}:`)}`);
  const lines = [head, ...rest.map((line) => INDENT + line)];
  const last = lines.at(-1) ?? '';
  const before = last.endsWith(tail) ? last.slice(0, -tail.length) : last;
  return [...lines.slice(0, -1), last.endsWith(tail) ? before + paint('faint', tail) : last];
}

function placeName(place: Place | undefined, file: string): string {
  return place === undefined ? file : `${file}:${place.line}:${place.column}`;
}

/** `lead` stays whole although it may hold blanks; lines behind the first are narrower by the indent. */
function wrapAfter(lead: string, text: string, width: number): readonly string[] {
  const room = Math.max(0, width - lead.length - 1);
  const [first = ''] = room < 20 ? [''] : wrap(text, room);
  // A word that is wider than the room goes below.
  const taken = first.length > room ? '' : first;
  const left = text.trim().replace(/\s+/g, ' ').slice(taken.length).trim();
  return [
    taken === '' ? lead : `${lead} ${taken}`,
    ...(left === '' ? [] : wrap(left, width - INDENT.length)),
  ];
}

function excerptLines(
  { span, severity }: Finding,
  { places, paint, width }: FindingSetting,
): readonly string[] {
  const place = places.of(span);
  const shown = place === undefined ? undefined : excerpt(places, place, width - INDENT.length * 2);
  if (shown === undefined) return [];
  const lead = INDENT.repeat(2);
  return [lead + shown.line, `${lead}${shown.margin}${paint(severity, shown.caret)}`];
}

function pathLines(finding: Finding, setting: FindingSetting): readonly string[] {
  const { path, span } = finding;
  // The rule itself is shown already.
  const [only] = path;
  const isItself =
    only?.span?.file === span.file && only.span.start === span.start && only.note === undefined;
  if (path.length === 0 || (path.length === 1 && isItself)) return [];
  const rows = path.map((step) => [stepPlace(step, span.file, setting.places), stepWords(step)]);
  const body = table(rows, setting.width - INDENT.length * 2);
  return titled('way there', body, setting);
}

/** `:12` in the finding's own file. */
function stepPlace({ span }: PathStep, file: string, places: Places): string {
  const place = span === undefined ? undefined : places.of(span);
  if (place === undefined) return '';
  return span?.file === file ? `:${place.line}` : `${place.file}:${place.line}`;
}

function stepWords({ rule, note }: PathStep): string {
  return note === undefined ? rule : `${rule}  (${note})`;
}

function flowLines({ flow }: Finding, setting: FindingSetting): readonly string[] {
  if (flow === undefined) return [];
  const { width } = setting;
  const when = flow.conditions.flatMap((condition) => wrap(`when ${condition}`, width - 4));
  const rows = flowTable(flow, width - INDENT.length * 2);
  const body = [...wrap(flowWords(flow), width - 4), ...when].join('\n');
  return titled('flow', `${body}\n${rows}`, setting);
}

function section(title: string, texts: readonly string[], setting: FindingSetting): readonly string[] {
  const said = texts.filter((text) => text.trim() !== '');
  if (said.length === 0) return [];
  return titled(title, said.flatMap((text) => wrapRule(text, setting.width - 4)).join('\n'), setting);
}

/** Beginnings of rules, commands and lines of YAML. */
const RULE =
  /^\s*(?:-[AIN] |(?:sudo )?(?:"?\$\{?\w+\}?"?|(?:\S*\/)?(?:ip6?tables|nft|ip|sysctl|polywan)(?:-\S+)?) |[*:]\w|(?:meta|ct|iifname|oifname|type|tcp|udp|ip6|ether|fib|numgen) |- \{|[\w-]+: [[{])/;

/** A rule keeps its line, so that it can be copied; prose is wrapped. */
function wrapRule(text: string, width: number): readonly string[] {
  return RULE.test(text) ? [text.trimEnd()] : wrap(text, width);
}

function titled(title: string, body: string, { paint }: FindingSetting): readonly string[] {
  const lines = body.split('\n').filter((line) => line !== '');
  return [INDENT + paint('faint', `${title}:`), ...lines.map((line) => INDENT.repeat(2) + printable(line))];
}
