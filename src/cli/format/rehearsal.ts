import {
  isAnswered,
  type Rehearsal,
  type RehearsedExpectation,
  type RehearsedFlow,
  type RehearsedForward,
  type RehearsedWeights,
  type Verdict,
} from '../../lab/rehearsal.ts';
import { several } from './several.ts';
import { GAP, table } from './table.ts';
import { lines } from './text-lines.ts';

/** A name longer than this would push the last WAN out of 80 columns. */
const MAX_NAME = 20;

/** The whole rehearsal as a person reads it: flows by what was cut, forwards, weights, differences, one verdict line. */
export function formatRehearsal(rehearsal: Rehearsal, width: number): string {
  return [
    ...stateTables(rehearsal, width),
    section('port forwards', forwardRows(rehearsal.forwards), width),
    section('weights', rehearsal.weights.map(weightRow), width),
    section('expectations', rehearsal.expectations.map(expectationRow), width),
    ...remarks(rehearsal, width),
    `\n${verdictLine(rehearsal)}\n`,
  ].join('');
}

/** One table when all cuts fit beside each other, else several below each other. */
function stateTables({ states }: Rehearsal, width: number): readonly string[] {
  const labels = (states[0]?.flows ?? []).map(labelOf);
  const lead = Math.max(4, ...labels.map((label) => label.length));
  const columns = states.map(({ down, flows }) => [
    cutWord(down, 'nothing cut'),
    ...flows.map((flow) => cellOf(flow, width - lead - GAP.length)),
  ]);
  const tables: string[][][] = [];
  let room = 0;
  for (const column of columns) {
    const size = Math.max(...column.map((cell) => cell.length)) + GAP.length;
    if (size > room || tables.length === 0) {
      tables.push([]);
      room = width - lead;
    }
    room -= size;
    tables.at(-1)?.push(column);
  }
  return tables.map((group, at) => {
    const rows = ['', ...labels].map((label, row) => [label, ...group.map((column) => column[row] ?? '')]);
    return (at === 0 ? '' : '\n') + table(rows, width);
  });
}

/** Either one WAN is cut, or all of them. */
function cutWord(down: readonly string[], nothing: string): string {
  if (down.length === 0) return nothing;
  return down.length > 1 ? 'all cut' : `${down[0]} cut`;
}

function labelOf({ rule, from, family }: RehearsedFlow): string {
  const name = rule ?? (from === 'router' ? "(router's own)" : '(no rule)');
  const short = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}~` : name;
  return `${short} ${family}`;
}

function cellOf({ seen, verdict }: RehearsedFlow, room: number): string {
  if (verdict.kind === 'not-tried') return '-';
  const mark = verdict.kind === 'different' ? '! ' : '';
  const exits = Object.keys(seen.exits);
  return mark + (exits.length > 0 ? several(exits, room - mark.length) : (seen.failures[0] ?? 'nothing'));
}

function forwardRows(forwards: readonly RehearsedForward[]): readonly (readonly string[])[] {
  return forwards.map(({ wan, protocol, port, to, outside, hairpin }) => {
    const call = `${wan} ${protocol} ${port}`;
    if (outside === undefined) return [call, `- to ${to}; not tried: the site has nothing inside`];
    const inside = hairpin === undefined ? [] : [`inside ${answerWord(hairpin)}`];
    return [call, [`to ${to}`, `outside ${answerWord(outside)}`, ...inside].join(', ')];
  });
}

function answerWord(outcome: string): string {
  return outcome === 'answered' ? 'answered' : `! ${outcome}`;
}

function weightRow({ policy, family, connections, shares, verdict }: RehearsedWeights): readonly string[] {
  const parts = shares.map(
    ({ wan, seenPercent, expectedPercent }) => `${wan} ${seenPercent}% (weight says ${expectedPercent}%)`,
  );
  const mark = verdict.kind === 'different' ? '! ' : '';
  return [`${policy} ${family}`, `${mark}${parts.join(', ')} of ${connections} connections`];
}

/** Its line in the site, and beside it what was seen. */
function expectationRow(one: RehearsedExpectation): readonly string[] {
  const { file, line, flow, down, exit, seen, verdict } = one;
  const port = flow.destinationPort === undefined ? '' : ` ${flow.destinationPort}`;
  const cut = down.length === 0 ? '' : `, ${down.join(' ')} down`;
  const place = `${file}:${line}`;
  const what = `${flow.source ?? flow.in} to ${flow.destination} ${flow.protocol}${port}${cut}: ${exit}`;
  if (verdict.kind === 'as-planned') return [place, what];
  if (verdict.kind === 'not-tried') return [place, `- ${what}; not tried: ${verdict.why}`];
  return [place, `! ${what}, but ${Object.keys(seen.exits).length > 0 ? 'it ' : ''}${verdict.why}`];
}

function section(title: string, rows: readonly (readonly string[])[], width: number): string {
  return rows.length === 0 ? '' : `\n${title}\n${table(rows, width)}`;
}

/** Why a cell has `!` or `-`; the same reason is said once, not once per cut. */
function remarks({ states }: Rehearsal, width: number): readonly string[] {
  const said = states.flatMap(({ down, flows }) =>
    flows.flatMap((flow) => {
      const { verdict, expected } = flow;
      if (verdict.kind === 'as-planned') return [];
      if (verdict.kind === 'not-tried') return [`- ${labelOf(flow)}: not tried: ${verdict.why}`];
      const when = down.length === 0 ? '' : ` with ${cutWord(down, '')}`;
      return [`! ${labelOf(flow)}${when}: ${verdict.why}; the site asks for ${expectedWord(expected)}`];
    }),
  );
  const remarked = [...new Set(said)];
  return remarked.length === 0 ? [] : ['\n', ...remarked.map((text) => lines(text, '', width))];
}

function expectedWord(expected: RehearsedFlow['expected']): string {
  if (expected === undefined) return 'nothing';
  if (expected.kind === 'wans') return expected.shares.map((share) => share.wan).join(' or ');
  if (expected.kind !== 'main') return expected.kind;
  if (expected.wan === undefined) return 'no exit';
  return `main routing (${expected.wan}${expected.cut === true ? ', which is cut' : ''})`;
}

function verdictLine({ states, forwards, weights, expectations, asPlanned }: Rehearsal): string {
  const flows = states.flatMap((state) => state.flows);
  const different =
    flows.filter((flow) => flow.verdict.kind === 'different').length +
    weights.filter((one) => one.verdict.kind === 'different').length +
    expectations.filter((one) => one.verdict.kind === 'different').length +
    forwards.filter((one) => !isAnswered(one)).length;
  if (asPlanned) {
    const called = forwards.filter(({ outside }) => outside !== undefined).length;
    const asked = tried(expectations);
    return `as planned: ${tried(flows)} flows, ${called} port forwards, ${weights.length} sets of weights, ${asked} ${asked === 1 ? 'expectation' : 'expectations'}`;
  }
  return `${different} ${different === 1 ? 'difference' : 'differences'} from what the site asks for`;
}

function tried(all: readonly { readonly verdict: Verdict }[]): number {
  return all.filter(({ verdict }) => verdict.kind !== 'not-tried').length;
}
