import type { SetElement } from '../kernel/expression.ts';
import type { BaseChain, Chain, NamedSet, Rule, Table } from '../kernel/netfilter.ts';
import { formatDuration } from '../net/duration.ts';
import { declaredSet } from './nft-declaration.ts';
import { writeElement } from './nft-expression.ts';
import { sayStatement } from './nft-statement.ts';
import { whyUnquotable, whyUnsayable, whyUnsayableElement } from './nft-unsayable.ts';

type TableName = Pick<Table, 'family' | 'name'>;

/** The whole table as `nft list` would print it: sets and maps first, then chains, one rule a line. */
export function writeTable(table: Table, body = writeBody(table)): string {
  return `table ${nameOf(table)} ${body}`;
}

/** What stands after a table's name, and is the same under every name. */
export function writeBody(table: Table): string {
  const [other] = table.others ?? [];
  if (other !== undefined)
    throw new Error(`nft text cannot be written for an object that is kept as met: ${other}`);
  const blocks = [
    ...table.sets.map((set) =>
      writeBlock(`${set.kind} ${identifier(set.name)}`, setLines(declaredSet(table, set))),
    ),
    ...table.chains.map((chain) => writeBlock(`chain ${identifier(chain.name)}`, chainLines(table, chain))),
  ];
  const flags = table.dormant === true ? '\tflags dormant\n\n' : '';
  return `{\n${flags}${blocks.join('\n')}}\n`;
}

/**
 * One transaction that leaves exactly this table. `existed: true` may be run whether it is there or not; deleting
 * costs nft a grace period of 8–30 ms, so a table known to be absent is only created, and refused if it is there.
 */
export function writeTableReplacement(table: Table, existed: boolean, body = writeBody(table)): string {
  const before = existed ? deleteTable(table) : `create table ${nameOf(table)}\n`;
  return before + writeTable(table, body);
}

/** Leaves no such table, whether it was there or not. */
export function deleteTable(table: TableName): string {
  return `add table ${nameOf(table)}\ndelete table ${nameOf(table)}\n`;
}

/** Adds or deletes elements of a named set or map of this table; no text when there are none. */
export function writeElements(
  verb: 'add' | 'delete',
  table: Table,
  setName: string,
  elements: readonly SetElement[],
): string {
  if (elements.length === 0) return '';
  const set = namedSet(table, setName);
  const list = elements.map((element) => elementOf(set, verb === 'add' ? element : { key: element.key }));
  return `${verb} element ${nameOf(table)} ${identifier(setName)} { ${list.join(', ')} }\n`;
}

export function flushSet(table: Table, setName: string): string {
  return `flush ${namedSet(table, setName).kind} ${nameOf(table)} ${identifier(setName)}\n`;
}

function namedSet(table: Table, setName: string): NamedSet {
  const set = table.sets.find((one) => one.name === setName);
  if (set === undefined) throw new Error(`table ${table.name} has no set ${setName}`);
  return set;
}

function nameOf(table: TableName): string {
  return `${table.family} ${identifier(table.name)}`;
}

/** nft's own word for a name: a letter, `_` or `.`, then letters, digits and these signs. */
function identifier(name: string): string {
  if (!/^[A-Za-z_.][\w/\\.-]*$/.test(name)) throw new Error(`nft has no way to write this name: ${name}`);
  return name;
}

function writeBlock(head: string, lines: readonly string[]): string {
  return `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;
}

function elementOf(set: NamedSet, element: SetElement): string {
  refuse(whyUnsayableElement(element));
  return writeElement(element, set.key, set.value ?? []);
}

function setLines(set: NamedSet): readonly string[] {
  const lines = [typeLine(set)];
  if (set.flags.length > 0) lines.push(`flags ${set.flags.join(',')}`);
  if (set.timeoutMs !== undefined) lines.push(`timeout ${formatDuration(set.timeoutMs)}`);
  if (set.size !== undefined) lines.push(`size ${set.size}`);
  if (set.elements.length > 0) lines.push(...elementLines(set));
  return lines;
}

/** A numgen key has no type that can be written, only `typeof`. */
function typeLine(set: NamedSet): string {
  const value = set.value === undefined ? '' : ` : ${set.value.join(' . ')}`;
  return set.typeof === undefined ? `type ${set.key.join(' . ')}${value}` : `typeof ${set.typeof}${value}`;
}

/** Longest list that is still read at a glance; a longer one has an element a line. */
const MAX_LIST = 90;

function elementLines(set: NamedSet): readonly string[] {
  const elements = set.elements.map((element) => elementOf(set, element));
  const oneLine = `elements = { ${elements.join(', ')} }`;
  if (oneLine.length <= MAX_LIST) return [oneLine];
  return ['elements = {', ...elements.map((element) => `\t${element},`), '}'];
}

function chainLines(table: Table, chain: Chain): readonly string[] {
  const rules = chain.rules.map(writeRule);
  return chain.base === undefined ? rules : [writeBase(table, chain.base), ...rules];
}

function writeRule(rule: Rule): string {
  const words = rule.statements.map((statement) => {
    refuse(whyUnsayable(statement));
    return sayStatement(statement);
  });
  if (rule.comment !== undefined) words.push('comment', writeQuoted(rule.comment));
  return words.join(' ');
}

function writeQuoted(text: string): string {
  refuse(whyUnquotable(text));
  return `"${text}"`;
}

/** What nft cannot say is in no plan; that it is there is a mistake of the program. */
function refuse(why: string | undefined): void {
  if (why !== undefined) throw new Error(why);
}

function writeBase(table: Table, base: BaseChain): string {
  const devices = (base.devices ?? []).map(writeQuoted);
  const where = devices.length === 0 ? '' : ` devices = { ${devices.join(', ')} }`;
  return `type ${base.type} hook ${base.hook}${where} priority ${writePriority(table, base)}; policy ${base.policy};`;
}

/** kernel-facts 1.1: bridge has other numbers, and the NAT names are known to nft only at their own hook. */
const PRIORITIES: Readonly<Record<number, string>> = {
  [-300]: 'raw',
  [-150]: 'mangle',
  0: 'filter',
  50: 'security',
};

function writePriority({ family }: Table, { hook, priority }: BaseChain): string {
  if (family !== 'inet' && family !== 'ip' && family !== 'ip6') return String(priority);
  if (hook === 'prerouting' && priority === -100) return 'dstnat';
  if (hook === 'postrouting' && priority === 100) return 'srcnat';
  if (hook === 'ingress' || hook === 'egress') return String(priority);
  return PRIORITIES[priority] ?? String(priority);
}
