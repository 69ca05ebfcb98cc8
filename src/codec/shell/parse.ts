import { assignmentOf } from './assignment-of.ts';
import { DECLARATIONS, sumOf } from './declarations.ts';
import { lexShell, type Token, type WordToken } from './lex.ts';
import { type Redirected, redirect } from './redirect.ts';
import type { Assignment, Branch, Choice, Compound, Pipeline, ShellCommand, Simple } from './tree.ts';

/** Reads from the offset `from` to the end of the text. */
export function parseShell(text: string, from = 0): readonly Pipeline[] {
  return new Parser(lexShell(text, from)).list([]);
}

const OPENERS = new Set(['for', 'while', 'until', 'if', 'case', 'select', 'function', '{']);

const BRANCHES = ['then', 'else', 'elif', 'fi'];

/** What ends a choice of `case`. */
const CLOSERS = [';;', ';&', ';;&'] as const;

/** Deeper than people nest; a mutated script may be all brackets. */
const DEPTH = 100;

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  /** Up to one of the closing words, which is left for who opened. */
  list(closers: readonly string[]): Pipeline[] {
    const pipelines: Pipeline[] = [];
    let connector: Pipeline['connector'] = '';
    while (this.at < this.tokens.length) {
      const word = this.wordHere();
      const sign = this.operatorHere();
      if ((word !== undefined && closers.includes(word)) || (sign !== undefined && closers.includes(sign)))
        break;
      if (sign === '&&' || sign === '||') {
        connector = sign;
        this.at += 1;
      } else if (sign !== undefined && sign !== '(') {
        // A line may go on behind && and ||.
        if (sign !== '\n') connector = '';
        this.at += 1;
      } else {
        const from = this.at;
        const pipeline = this.pipeline(connector);
        connector = '';
        if (pipeline.commands.length > 0) pipelines.push(pipeline);
        if (this.at === from) this.at += 1;
      }
    }
    return pipelines;
  }

  private pipeline(connector: Pipeline['connector']): Pipeline {
    let negated = false;
    while (this.wordHere() === '!' || this.wordHere() === 'time') {
      const isTime = this.wordHere() === 'time';
      negated ||= !isTime;
      this.at += 1;
      if (isTime) this.skipWord(['-p']);
    }
    const commands: ShellCommand[] = [];
    for (;;) {
      const command = this.command();
      if (command !== undefined) commands.push(command);
      if (this.operatorHere() !== '|') break;
      this.at += 1;
      while (this.operatorHere() === '\n') this.at += 1;
    }
    return { connector, negated, commands };
  }

  private command(): ShellCommand | undefined {
    const token = this.tokens[this.at];
    if (token === undefined) return undefined;
    if (this.depth > DEPTH) {
      this.at += 1;
      return undefined;
    }
    const word = this.wordHere();
    this.depth += 1;
    const command =
      this.operatorHere() === '('
        ? this.group(')')
        : word !== undefined && OPENERS.has(word)
          ? this.compound(word)
          : this.isFunction()
            ? this.functionNamed()
            : this.simple();
    this.depth -= 1;
    return command;
  }

  private compound(word: string): ShellCommand {
    if (word === '{') return this.group('}');
    const { start } = this.tokens[this.at] ?? { start: 0 };
    this.at += 1;
    switch (word) {
      case 'function':
        this.at -= 1;
        return this.functionNamed();
      case 'for':
      case 'select':
        return this.loopOver(word, start);
      case 'while':
      case 'until': {
        const condition = this.list(['do']);
        return this.close({ kind: 'compound', what: word, body: [...condition, ...this.doneBody()], start });
      }
      case 'case':
        return this.caseOf(start);
      default:
        return this.ifThen(start);
    }
  }

  private ifThen(start: number): ShellCommand {
    const branches: Branch[] = [];
    do {
      const isElse = this.wordHere() === 'else';
      this.skipWord(['else', 'elif']);
      const condition = isElse ? undefined : this.list(BRANCHES);
      this.skipWord(['then']);
      const body = this.list(BRANCHES);
      branches.push(condition === undefined ? { body } : { condition, body });
    } while (this.at < this.tokens.length && this.wordHere() !== 'fi');
    this.skipWord(['fi']);
    const all = branches.flatMap(({ condition = [], body }) => [...condition, ...body]);
    return this.close({ kind: 'compound', what: 'if', branches, body: all, start });
  }

  private loopOver(what: 'for' | 'select', start: number): ShellCommand {
    const head = this.tokens[this.at];
    const sums = head?.kind === 'word' ? sumOf(head) : undefined;
    const name = this.wordHere() ?? '';
    this.at += 1;
    let list: WordToken[] | undefined;
    if (this.wordHere() === 'in') {
      this.at += 1;
      list = [];
      for (let token = this.tokens[this.at]; token?.kind === 'word'; token = this.tokens[this.at]) {
        list.push(token);
        this.at += 1;
      }
    }
    while (this.at < this.tokens.length && this.wordHere() !== 'do' && this.wordHere() !== '{') this.at += 1;
    const body = this.doneBody();
    const over = sums !== undefined ? { sums } : list === undefined ? {} : { list };
    return this.close({ kind: 'compound', what, name, body, start, ...over });
  }

  private doneBody(): Pipeline[] {
    this.skipWord(['do', '{']);
    const body = this.list(['done', '}']);
    this.skipWord(['done', '}']);
    return body;
  }

  private caseOf(start: number): ShellCommand {
    const [subject] = this.wordsUpTo(() => this.wordHere() === 'in');
    this.at += 1;
    const choices: Choice[] = [];
    while (this.operatorHere() === '\n') this.at += 1;
    while (this.at < this.tokens.length && this.wordHere() !== 'esac') {
      if (this.operatorHere() === '(') this.at += 1;
      const patterns = this.wordsUpTo(() => this.operatorHere() === ')' || this.wordHere() === 'esac');
      if (this.operatorHere() !== ')') break;
      this.at += 1;
      const body = this.list([...CLOSERS, 'esac']);
      const sign = this.operatorHere();
      choices.push({ patterns, body, closer: CLOSERS.find((closer) => closer === sign) ?? ';;' });
      if (this.wordHere() !== 'esac') this.at += 1;
      while (this.operatorHere() === '\n') this.at += 1;
    }
    this.skipWord(['esac']);
    const body = choices.flatMap((choice) => choice.body);
    const about = subject === undefined ? {} : { subject };
    return this.close({ kind: 'compound', what: 'case', ...about, choices, body, start });
  }

  private wordsUpTo(isEnd: () => boolean): readonly WordToken[] {
    const words: WordToken[] = [];
    for (; this.at < this.tokens.length && !isEnd(); this.at += 1) {
      const token = this.tokens[this.at];
      if (token?.kind === 'word') words.push(token);
    }
    return words;
  }

  /** `NAME=()` is an array without words. */
  private isFunction(): boolean {
    return (
      this.wordHere()?.endsWith('=') === false && this.operatorHere(1) === '(' && this.operatorHere(2) === ')'
    );
  }

  private functionNamed(): ShellCommand {
    const { start } = this.tokens[this.at] ?? { start: 0 };
    if (this.wordHere() === 'function') this.at += 1;
    const name = this.wordHere() ?? '';
    this.at += 1;
    if (this.operatorHere() === '(' && this.operatorHere(1) === ')') this.at += 2;
    while (this.operatorHere() === '\n') this.at += 1;
    const body = this.command();
    const pipeline: Pipeline[] =
      body === undefined ? [] : [{ connector: '', negated: false, commands: [body] }];
    return this.close({ kind: 'compound', what: 'function', name, body: pipeline, start });
  }

  private group(closer: ')' | '}'): ShellCommand {
    const { start } = this.tokens[this.at] ?? { start: 0 };
    this.at += 1;
    const body = this.list([closer]);
    this.at += 1;
    return this.close({ kind: 'compound', what: closer === ')' ? 'subshell' : 'group', body, start });
  }

  /** What is redirected for all of a compound is left alone. */
  private close(command: Omit<Compound, 'end'>): Compound {
    while (this.tokens[this.at]?.kind === 'redirect') this.at += 2;
    return { ...command, end: this.tokens[Math.min(this.at, this.tokens.length) - 1]?.end ?? command.start };
  }

  private simple(): Simple | undefined {
    const words: WordToken[] = [];
    const assignments: Assignment[] = [];
    let redirected: Redirected = {};
    const { start = 0 } = this.tokens[this.at] ?? {};
    let end = start;
    for (let token = this.tokens[this.at]; token !== undefined; token = this.tokens[this.at]) {
      if (token.kind === 'operator') break;
      this.at += 1;
      end = token.end;
      if (token.kind === 'redirect') {
        const target = this.tokens[this.at];
        if (target?.kind === 'word') {
          this.at += 1;
          end = target.end;
        }
        redirected = { ...redirected, ...redirect(token, target) };
        continue;
      }
      const isDeclared = DECLARATIONS.has(words[0] === undefined ? '' : (bareText(words[0]) ?? ''));
      const assignment = words.length === 0 || isDeclared ? assignmentOf(token) : undefined;
      const list = assignment === undefined ? undefined : this.arrayBehind(token);
      if (assignment !== undefined && list !== undefined) assignments.push({ ...assignment, list });
      else if (assignment === undefined || words.length > 0) words.push(token);
      else assignments.push(assignment);
      end = Math.max(end, this.tokens[this.at - 1]?.end ?? end);
    }
    return words.length + assignments.length === 0
      ? undefined
      : { kind: 'simple', words, assignments, start, end, ...redirected };
  }

  /** `NAME=(…)`: its words, over however many lines. */
  private arrayBehind({ end }: WordToken): readonly WordToken[] | undefined {
    const next = this.tokens[this.at];
    if (next?.kind !== 'operator' || next.text !== '(' || next.start !== end) return undefined;
    const words: WordToken[] = [];
    while (this.at < this.tokens.length && this.operatorHere() !== ')') {
      const token = this.tokens[this.at];
      if (token?.kind === 'word') words.push(token);
      this.at += 1;
    }
    this.at += 1;
    return words;
  }

  /** A bare word: quoted ones are never reserved. */
  private wordHere(): string | undefined {
    const token = this.tokens[this.at];
    return token?.kind === 'word' ? bareText(token) : undefined;
  }

  private operatorHere(ahead = 0): string | undefined {
    const token = this.tokens[this.at + ahead];
    return token?.kind === 'operator' ? token.text : undefined;
  }

  private skipWord(words: readonly string[]): void {
    if (words.includes(this.wordHere() ?? '')) this.at += 1;
  }
}

function bareText({ parts }: WordToken): string | undefined {
  const [only] = parts;
  return parts.length === 1 && only?.kind === 'text' && !only.quoted ? only.text : undefined;
}
