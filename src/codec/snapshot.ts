import type { Rule, Table } from '../kernel/netfilter.ts';
import type { PolicyRule, Route } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { messageOf } from '../net/message-of.ts';
import { asNumber, asObject } from './json-value.ts';
import { checkState } from './snapshot-shape.ts';

/** Raised when a reader of an older one would misread it. */
const FORMAT = 1;

export interface SnapshotHead {
  /** Version of the polywan that made it. */
  readonly polywan: string;
  readonly masked: boolean;
}

/** Lists with one entry a line, so that a rule has a line of its own to be shown by, and two snapshots compare well. */
const SPREAD: ReadonlySet<string> = new Set(
  'links addresses policyRules routes tables chains rules sets elements ipsets sysctls files'.split(' '),
);

export function writeSnapshot(head: SnapshotHead, state: KernelState): string {
  const { polywan, masked } = head;
  const lines = [`{`, `"polywan": ${JSON.stringify(polywan)},`, `"format": ${FORMAT},`];
  return `${lines.join('\n')}\n"masked": ${masked},\n"state": ${print(state, '')}\n}\n`;
}

/** Places in other texts mean nothing here: what is read from the snapshot is placed in the snapshot. */
function print(value: object, indent: string): string {
  const inner = `${indent} `;
  const members = Object.entries(value).flatMap(([name, member]) => {
    if (name === 'span' || member === undefined) return [];
    if (!SPREAD.has(name) || !Array.isArray(member) || member.length === 0)
      return [`${JSON.stringify(name)}:${JSON.stringify(member, withoutSpan)}`];
    const items = member.map((item) => `${inner}${printItem(item, inner)}`);
    return [`${JSON.stringify(name)}:[\n${items.join(',\n')}\n${indent}]`];
  });
  return `{${members.join(',')}}`;
}

function printItem(item: unknown, indent: string): string {
  const object = asObject(item);
  if (object === undefined) return JSON.stringify(item);
  const spread = Object.entries(object).some(([name, member]) => SPREAD.has(name) && Array.isArray(member));
  return spread ? print(object, indent) : JSON.stringify(object, withoutSpan);
}

function withoutSpan(key: string, value: unknown): unknown {
  return key === 'span' ? undefined : value;
}

export type ReadSnapshot =
  | { readonly kind: 'read'; readonly state: KernelState }
  /** `at` is the offset of what is wrong, where it is known. */
  | { readonly kind: 'refused'; readonly message: string; readonly at: number };

export function readSnapshot(text: string, file: string): ReadSnapshot {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const said = messageOf(error);
    const at = /position (\d+)/.exec(said)?.[1];
    return refused(
      `this snapshot is no whole JSON document: ${said}`,
      at === undefined ? text.length : Number(at),
    );
  }
  const object = asObject(json) ?? {};
  const format = asNumber(object.format);
  if (format !== FORMAT)
    return refused(
      format !== undefined && format > FORMAT
        ? `a newer polywan (${String(object.polywan)}) made this snapshot; this one reads format ${FORMAT}`
        : 'this snapshot has no format that is known',
      Math.max(0, text.indexOf('"format"')),
    );
  const wrong = checkState(object.state);
  if (wrong !== undefined) return refused(`state${wrong}`, Math.max(0, text.indexOf('"state"')));
  // Checked just now.
  return { kind: 'read', state: place(object.state as KernelState, text, file) };
}

function refused(message: string, at: number): ReadSnapshot {
  return { kind: 'refused', message, at };
}

/** How a line begins that holds a rule, a policy rule or a route of its own. */
const BEGINNINGS = { rule: '{"statements":', policyRule: '{"family":' } as const;

/** Gives each rule, policy rule and route its line. Where the text was laid out anew, they have none. */
function place(state: KernelState, text: string, file: string): KernelState {
  const lines = ruleLines(text);
  const rules = lines.filter((line) => text.startsWith(BEGINNINGS.rule, line.start));
  const others = lines.filter((line) => text.startsWith(BEGINNINGS.policyRule, line.start));
  const ruleCount = state.tables.reduce(
    (sum, table) => sum + table.chains.reduce((count, chain) => count + chain.rules.length, 0),
    0,
  );
  let rule = 0;
  let other = 0;
  const placeRule = (one: Rule): Rule => ({ ...one, span: { file, ...(rules[rule++] ?? NOWHERE) } });
  const placeOther = <T extends PolicyRule | Route>(one: T): T => ({
    ...one,
    span: { file, ...(others[other++] ?? NOWHERE) },
  });
  const placeTable = (table: Table): Table => ({
    ...table,
    chains: table.chains.map((chain) => ({ ...chain, rules: chain.rules.map(placeRule) })),
  });
  const routing = others.length === state.policyRules.length + state.routes.length;
  return {
    ...state,
    ...(routing
      ? { policyRules: state.policyRules.map(placeOther), routes: state.routes.map(placeOther) }
      : {}),
    ...(rules.length === ruleCount ? { tables: state.tables.map(placeTable) } : {}),
  };
}

const NOWHERE = { start: 0, end: 0 };

function ruleLines(text: string): readonly { readonly start: number; readonly end: number }[] {
  const lines: { start: number; end: number }[] = [];
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 ? text.length : newline;
    let start = from;
    while (start < to && text.charCodeAt(start) === 0x20) start += 1;
    if (text.startsWith(BEGINNINGS.rule, start) || text.startsWith(BEGINNINGS.policyRule, start))
      lines.push({ start, end: text.charCodeAt(to - 1) === 0x2c ? to - 1 : to });
    from = to + 1;
  }
  return lines;
}
