import type { Rule, Table } from '../../kernel/netfilter.ts';
import type { Span } from '../../net/span.ts';
import { builtinChain, isTableName } from '../iptables/base-chain.ts';
import { emptyChains, removeChains, setPolicy } from '../iptables/edit-table.ts';
import { lowerRule, newLowering } from '../iptables/lower-rule.ts';
import { chainNamed, closeTable, newTable, type OpenTable } from '../iptables/open-table.ts';
import { readIptablesSave } from '../iptables/read.ts';
import { sortWords } from '../iptables/sort-words.ts';
import type { Variant } from './iptables-command.ts';

/**
 * What a command did: nothing more to say, or that iptables would have refused it, or that it asked what only the running
 * machine knows, or that it is not understood.
 */
export type Done = 'done' | 'refused' | 'open' | { readonly message: string };

/** Tables as commands leave them, of an iptables that was empty before. */
export class IptablesBuilder {
  private readonly open = new Map<string, { readonly variant: Variant; readonly table: OpenTable }>();

  tables(): readonly Table[] {
    return [...this.open.values()].map(({ variant, table }) => closeTable(table, variant));
  }

  /** A rule's words without command and table, at the place the command says. */
  rule(
    variant: Variant,
    tableName: string,
    verb: 'append' | 'insert' | 'delete' | 'check' | 'replace',
    chainName: string,
    words: readonly string[],
    span: Span,
  ): Done {
    const table = this.table(variant, tableName, span);
    const [first] = words;
    const number = /^\d+$/.test(first ?? '') ? Number(first) : undefined;
    const chain = table.chains.get(chainName);
    const there = chain?.rules;
    if (verb === 'delete' && number !== undefined && words.length === 1)
      return said(there?.remove(number) === true);
    const numbered = verb === 'insert' || verb === 'replace';
    const spec = numbered && number !== undefined ? words.slice(1) : words;
    const rules: Rule[] = [];
    for (const one of alternatives(spec)) {
      const sorted = sortWords({ texts: one }, 0);
      if ('message' in sorted) return { message: sorted.message };
      rules.push(lowerRule(sorted, table.lowering, { span }));
    }
    if (verb === 'check') return said(rules.every((rule) => there !== undefined && there.placeOf(rule) > 0));
    if (verb === 'delete')
      return said(rules.map((rule) => there?.remove(there.placeOf(rule)) === true).at(-1) === true);
    const into = there ?? chainNamed(table, chainName, span).rules;
    if (table.file === span.file) table.end = span.end;
    if (verb === 'append') into.append(rules);
    // Each of several goes before the one that was put there just now.
    else if (verb === 'insert') into.insert(number ?? 1, [...rules].reverse());
    else if (number === undefined || !into.remove(number)) return 'refused';
    else into.insert(number, rules);
    return 'done';
  }

  /** Lists one chain, or all where none is named. */
  list(variant: Variant, tableName: string, name: string | undefined): Done {
    return said(name === undefined || this.hasChain(variant, tableName, name));
  }

  newChain(variant: Variant, tableName: string, name: string, span: Span): Done {
    const table = this.table(variant, tableName, span);
    if (this.hasChain(variant, tableName, name)) return 'refused';
    chainNamed(table, name, span);
    return 'done';
  }

  /** All chains where none is named. */
  flush(variant: Variant, tableName: string, name: string | undefined): Done {
    const table = this.known(variant, tableName);
    if (table !== undefined) emptyChains(table, name);
    return this.list(variant, tableName, name);
  }

  deleteChain(variant: Variant, tableName: string, name: string | undefined): Done {
    const table = this.known(variant, tableName);
    if (table !== undefined) removeChains(table, name);
    return 'done';
  }

  policy(variant: Variant, tableName: string, name: string, target: string, span: Span): Done {
    if (builtinChain(tableName, name) === undefined) return 'refused';
    return said(setPolicy(this.table(variant, tableName, span), name, target, span));
  }

  /** What iptables-restore would make of the text, whose offsets `place` turns into places of the script. */
  restore(variant: Variant, text: string, keep: boolean, place: (span: Span) => Span): Done {
    const { tables, problems } = readIptablesSave(text, { ...variant, file: BEGINNING.file });
    const [problem] = problems;
    if (problem !== undefined) return { message: problem.message };
    for (const table of tables) {
      if (!keep) this.open.delete(keyOf(variant, table.name));
      const into = this.table(variant, table.name, place(table.span ?? BEGINNING));
      if (table.uncommitted !== undefined) into.uncommitted ??= place(table.uncommitted);
      for (const chain of table.chains) {
        const span = place(chain.span ?? BEGINNING);
        const own = chainNamed(into, chain.name, span);
        if (chain.base !== undefined) own.base = chain.base;
        else own.rules.clear();
        own.rules.append(
          chain.rules.map((rule) => (rule.span === undefined ? rule : { ...rule, span: place(rule.span) })),
        );
      }
    }
    return 'done';
  }

  isTable(name: string): boolean {
    return isTableName(name);
  }

  private hasChain(variant: Variant, tableName: string, name: string): boolean {
    const isThere = this.known(variant, tableName)?.chains.has(name) === true;
    return isThere || builtinChain(tableName, name) !== undefined;
  }

  private known(variant: Variant, name: string): OpenTable | undefined {
    return this.open.get(keyOf(variant, name))?.table;
  }

  private table(variant: Variant, name: string, span: Span): OpenTable {
    const key = keyOf(variant, name);
    const known = this.open.get(key);
    if (known !== undefined) return known.table;
    const table = newTable(name, span, newLowering(variant.family));
    this.open.set(key, { variant, table });
    return table;
  }
}

/** Of a text whose places are turned into others. */
const BEGINNING: Span = { file: '', start: 0, end: 0 };

function keyOf({ family, frontend }: Variant, table: string): string {
  return `${frontend} ${family} ${table}`;
}

function said(isDone: boolean): Done {
  return isDone ? 'done' : 'refused';
}

/** iptables makes a rule for each of the addresses behind `-s` and `-d`. */
function alternatives(words: readonly string[]): readonly (readonly string[])[] {
  const at = words.findIndex(
    (word, index) =>
      /^(?:-s|-d|--source|--destination|--src|--dst)$/.test(words[index - 1] ?? '') && word.includes(','),
  );
  if (at === -1) return [words];
  return (words[at] ?? '')
    .split(',')
    .flatMap((one) => alternatives([...words.slice(0, at), one, ...words.slice(at + 1)]));
}
