import type { Rule, Table } from '../../kernel/netfilter.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import type { Span } from '../../net/span.ts';
import { builtinChain, isTableName } from './base-chain.ts';
import { emptyChains, removeChains, setPolicy } from './edit-table.ts';
import { lowerRule, newLowering, type RuleFacts } from './lower-rule.ts';
import { chainNamed, closeTable, newTable, type OpenTable } from './open-table.ts';
import { FAMILY_WORDS, sortWords } from './sort-words.ts';
import { splitWords, type Words, wordOffset } from './words.ts';

export interface ReadOptions {
  readonly family: 'ip' | 'ip6';
  readonly frontend: 'iptables-nft' | 'iptables-legacy';
  readonly file: string;
}

export interface ReadTables {
  readonly tables: readonly Table[];
  /** Lines that are not understood. Reading goes on behind them. */
  readonly problems: readonly Diagnostic[];
}

/** Reads iptables-save text, or what people feed to iptables-restore. A table that comes twice is one table. */
export function readIptablesSave(text: string, options: ReadOptions): ReadTables {
  return new Reader(text, options).run();
}

const BYTE_ORDER_MARK = '\uFEFF';
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

class Reader {
  private readonly text: string;
  private readonly options: ReadOptions;
  private readonly tables = new Map<string, OpenTable>();
  private readonly problems: Diagnostic[] = [];
  private table: OpenTable | undefined;
  private readonly lowering: ReturnType<typeof newLowering>;
  /** Of most files no line needs to be looked through for it. */
  private readonly namesFamilies: boolean;

  constructor(text: string, options: ReadOptions) {
    this.text = text;
    this.options = options;
    this.namesFamilies = [...FAMILY_WORDS.keys()].some((word) => text.includes(word));
    this.lowering = newLowering(options.family);
  }

  run(): ReadTables {
    const { text } = this;
    const first = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    if (first > 0)
      this.problems.push(this.problem('iptables-restore refuses the byte order mark before this', 0, first));
    for (let start = first; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const next = newline === -1 ? text.length : newline;
      const problem = this.line(start, next);
      if (problem !== undefined) this.problems.push(problem);
      start = next + 1;
    }
    this.leaveTable();
    const tables = [...this.tables.values()].map((table) => closeTable(table, this.options));
    return { tables, problems: this.problems };
  }

  private line(lineStart: number, lineEnd: number): Diagnostic | undefined {
    let start = lineStart;
    let end = lineEnd;
    while (start < end && this.isBlank(start)) start += 1;
    while (end > start && this.isBlank(end - 1)) end -= 1;
    if (start === end) return undefined;
    switch (this.text.charAt(start)) {
      case '#':
        return undefined;
      case '*':
        return this.openTable(start, end);
      case ':':
        return this.declareChain(start, end);
      case '[':
      case '-':
        return this.command(start, end);
      default:
        if (this.text.slice(start, end) !== 'COMMIT')
          return this.problem('this is not iptables-save text', start, end);
        if (this.table === undefined) return this.problem('COMMIT without a table', start, end);
        this.table.end = end;
        this.table = undefined;
        return undefined;
    }
  }

  private isBlank(at: number): boolean {
    const code = this.text.charCodeAt(at);
    return code === SPACE || code === TAB || code === CARRIAGE_RETURN;
  }

  private problem(message: string, start: number, end: number): Diagnostic {
    return { message, span: { file: this.options.file, start, end } };
  }

  private span(start: number, end: number): Span {
    return { file: this.options.file, start, end };
  }

  private offset({ start, end }: Span, word: number): number {
    return wordOffset(this.text, start, end, word);
  }

  private openTable(start: number, end: number): Diagnostic | undefined {
    this.leaveTable();
    const name = this.text.slice(start + 1, end).trim();
    this.table = this.tables.get(name) ?? newTable(name, this.span(start, end), this.lowering);
    this.table.end = end;
    this.tables.set(name, this.table);
    return isTableName(name) ? undefined : this.problem(`unknown table '${name}'`, start, end);
  }

  /** COMMIT closes a table; what is still open at the end, or when another begins, is not loaded. */
  private leaveTable(): void {
    if (this.table === undefined) return;
    const { end } = this.table;
    this.table.uncommitted ??= this.span(this.text.lastIndexOf('\n', end - 1) + 1, end);
  }

  /** `:NAME POLICY [packets:bytes]`; a user chain that is declared again starts empty, as in iptables-restore. */
  private declareChain(start: number, end: number): Diagnostic | undefined {
    const words = splitWords(this.text, start + 1, end)?.texts ?? [];
    const [name, policy = '-'] = words;
    if (this.table === undefined) return this.problem('a chain outside of any table', start, end);
    if (name === undefined) return this.problem('a chain needs a name', start, end);
    const builtin = builtinChain(this.table.name, name);
    if (builtin === undefined && policy !== '-')
      return this.problem(`'${name}' is no builtin chain of this table, so it has no policy`, start, end);
    if (builtin !== undefined && !['ACCEPT', 'DROP', '-'].includes(policy))
      return this.problem(`unknown policy '${policy}'`, start, end);
    const span = this.span(start, end);
    const chain = chainNamed(this.table, name, span);
    this.table.end = end;
    chain.span = span;
    if (builtin === undefined) chain.rules.clear();
    else chain.base = { ...builtin, policy: policy === 'DROP' ? 'drop' : 'accept' };
    return undefined;
  }

  private command(start: number, end: number): Diagnostic | undefined {
    if (this.table === undefined) return this.problem('a rule outside of any table', start, end);
    const words = splitWords(this.text, start, end);
    if (words === undefined) return this.problem('a quote is not closed', start, end);
    const counter = readCounter(words.texts[0] ?? '');
    if (this.namesFamilies && isForOther(words, this.options.family)) return undefined;
    let at = counter === undefined ? 0 : 1;
    while (FAMILY_WORDS.has(words.texts[at] ?? '')) at += 1;
    const span = this.span(start, end);
    const facts: RuleFacts = counter === undefined ? { span } : { span, ...counter };
    const { [at]: command, [at + 1]: name, [at + 2]: third } = words.texts;
    this.table.end = end;
    if (name === undefined && !FOR_ALL_CHAINS.has(command ?? ''))
      return this.problem(`'${command}' needs a chain`, start, end);
    switch (command) {
      case '-F':
      case '--flush':
        emptyChains(this.table, name);
        return undefined;
      case '-X':
      case '--delete-chain':
        removeChains(this.table, name);
        return undefined;
      case '-Z':
      case '--zero':
        return undefined;
      default:
        return this.chainCommand(this.table, command, { name: name ?? '', third, words, at }, facts);
    }
  }

  /** Commands that name a chain. */
  private chainCommand(
    table: OpenTable,
    command: string | undefined,
    { name, third, words, at }: ChainCommand,
    facts: RuleFacts,
  ): Diagnostic | undefined {
    const { start, end } = facts.span;
    const place = /^\d+$/.test(third ?? '') ? Number(third) : undefined;
    const rule: RuleText = { words, from: at + (place === undefined ? 2 : 3), facts };
    switch (command) {
      case '-A':
      case '--append':
        return this.addRule(table, name, { ...rule, from: at + 2 });
      case '-I':
      case '--insert':
        return this.addRule(table, name, rule, place ?? 1);
      case '-R':
      case '--replace':
        if (place === undefined) return this.problem(`'${command}' needs a number`, start, end);
        table.chains.get(name)?.rules.remove(place);
        return this.addRule(table, name, rule, place);
      case '-D':
      case '--delete':
        return this.deleteRule(table, name, rule, place);
      case '-P':
      case '--policy':
        return setPolicy(table, name, third, facts.span)
          ? undefined
          : this.problem(`'${name}' takes no policy '${third ?? ''}'`, start, end);
      case '-N':
      case '--new-chain':
        chainNamed(table, name, facts.span);
        return undefined;
      default:
        return this.problem(
          `'${command}' is not read: -A, -I, -D, -R, -N, -P, -F, -X and -Z are`,
          start,
          end,
        );
    }
  }

  /** At the end of the chain, or at a place in it. */
  private addRule(table: OpenTable, name: string, text: RuleText, place?: number): Diagnostic | undefined {
    const { from, facts } = text;
    if (!table.chains.has(name) && builtinChain(table.name, name) === undefined)
      this.problems.push(
        this.problem(`chain '${name}' is not declared`, this.offset(facts.span, from - 1), facts.span.end),
      );
    const chain = chainNamed(table, name, facts.span);
    const rule = this.ruleOf(table, text);
    if ('message' in rule) return rule;
    if (place === undefined) chain.rules.append([rule]);
    else chain.rules.insert(place, [rule]);
    return undefined;
  }

  /** One that is not in the file is one of the kernel's: without the flush, such a file changes what is there. */
  private deleteRule(
    table: OpenTable,
    name: string,
    text: RuleText,
    place: number | undefined,
  ): Diagnostic | undefined {
    const chain = table.chains.get(name);
    const rule = place === undefined ? this.ruleOf(table, text) : undefined;
    if (rule !== undefined && 'message' in rule) return rule;
    chain?.rules.remove(rule === undefined ? (place ?? 0) : chain.rules.placeOf(rule));
    return undefined;
  }

  private ruleOf(table: OpenTable, { words, from, facts }: RuleText): Rule | Diagnostic {
    const sorted = sortWords(words, from);
    if (!('message' in sorted)) return lowerRule(sorted, table.lowering, facts);
    const { span } = facts;
    return this.problem(sorted.message, this.offset(span, sorted.at), this.offset(span, sorted.at + 1));
  }
}

/** What stands behind the word of a command. */
interface ChainCommand {
  readonly name: string;
  readonly third: string | undefined;
  readonly words: Words;
  /** The place of the command's own word. */
  readonly at: number;
}

/** What a rule says, and where. */
interface RuleText {
  readonly words: Words;
  /** Its first word behind the chain and the number. */
  readonly from: number;
  readonly facts: RuleFacts;
}

const FOR_ALL_CHAINS: ReadonlySet<string> = new Set([
  '-F',
  '--flush',
  '-X',
  '--delete-chain',
  '-Z',
  '--zero',
]);

/** One file for both families: each program passes over the lines of the other one. */
function isForOther({ texts, literal = [] }: Words, family: 'ip' | 'ip6'): boolean {
  return texts.some((word, at) => {
    const only = FAMILY_WORDS.get(word);
    return only !== undefined && only !== family && !literal.includes(at);
  });
}

function readCounter(word: string): Pick<RuleFacts, 'counter'> | undefined {
  if (!word.startsWith('[')) return undefined;
  const parts = /^\[(\d+):(\d+)\]$/.exec(word);
  return parts === null ? undefined : { counter: { packets: Number(parts[1]), bytes: Number(parts[2]) } };
}
