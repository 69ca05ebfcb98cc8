import { matchNamed, PROTOCOL_MATCHES } from './match-table.ts';
import { readProtocol } from './protocol.ts';
import type { ExtensionUse, RuleWords, Selector, SelectorUse, WordError } from './rule-words.ts';
import { INERT_TARGETS } from './target/other.ts';
import { targetNamed } from './target-table.ts';
import type { Words } from './words.ts';

// biome-ignore format: a table reads better in rows
const SELECTORS = new Map<string, Selector>(Object.entries({
  '-s': 'source', '--source': 'source', '--src': 'source',
  '-d': 'destination', '--destination': 'destination', '--dst': 'destination',
  '-i': 'inInterface', '--in-interface': 'inInterface',
  '-o': 'outInterface', '--out-interface': 'outInterface',
  '-p': 'protocol', '--protocol': 'protocol', '--proto': 'protocol',
  '-f': 'fragment', '--fragment': 'fragment',
}));

/** The line is for one of the programs alone. */
export const FAMILY_WORDS: ReadonlyMap<string, 'ip' | 'ip6'> = new Map([
  ['-4', 'ip'],
  ['--ipv4', 'ip'],
  ['-6', 'ip6'],
  ['--ipv6', 'ip6'],
]);

/** iptables' own options that take a value; the others belong to a match or target. */
const OWN_LONG_OPTIONS = new Set([...SELECTORS.keys(), '--match', '--jump', '--goto']);

/** These take a word even when it looks like an option. */
const TAKES_ANY_WORD = new Set(['--log-prefix', '--nflog-prefix', '--string', '--hex-string', '--comment']);

/** Sorts the words from `from` on. The first error ends it: nothing after it can be trusted. */
export function sortWords(words: Words, from: number): RuleWords | WordError {
  return new Sorter(words, from).run();
}

class Sorter {
  private readonly words: Words;
  private at: number;
  private negated = false;
  private readonly selectors: SelectorUse[] = [];
  private readonly matches: ExtensionUse[] = [];
  private target: ExtensionUse | undefined;
  private goto = false;

  constructor(words: Words, from: number) {
    this.words = words;
    this.at = from;
  }

  run(): RuleWords | WordError {
    while (this.at < this.words.texts.length) {
      const error = this.step(this.words.texts[this.at] ?? '');
      if (error !== undefined) return { message: error, at: Math.min(this.at, this.words.texts.length - 1) };
    }
    const { selectors, matches, goto } = this;
    return this.target === undefined
      ? { selectors, matches, goto }
      : { selectors, matches, target: this.target, goto };
  }

  /** Takes one option with its arguments; gives what is wrong with it. */
  private step(word: string): string | undefined {
    if (word === '!') {
      this.negated = !this.negated;
      this.at += 1;
      return undefined;
    }
    const selector = SELECTORS.get(word);
    if (selector !== undefined) return this.takeSelector(selector);
    if (word === '-m' || word === '--match') return this.takeMatch();
    if (word === '-j' || word === '--jump') return this.takeTarget(false);
    if (word === '-g' || word === '--goto') return this.takeTarget(true);
    if (word === '-c' || word === '--set-counters') {
      this.at += 3;
      return undefined;
    }
    if (this.isLiteral(this.at)) return `unexpected word '${word}'`;
    const equals = word.indexOf('=');
    if (equals !== -1 && OWN_LONG_OPTIONS.has(word.slice(0, equals)))
      return this.takeJoined(word.slice(0, equals), word.slice(equals + 1));
    if (FAMILY_WORDS.has(word)) {
      this.at += 1;
      return undefined;
    }
    if (word.startsWith('--')) {
      const full = this.fullName(word);
      return full === word ? this.takeOption(word) : this.step(full);
    }
    if (/^-[sdiopjgm]./.test(word)) return this.takeJoined(word.slice(0, 2), word.slice(2));
    return `unexpected word '${word}'`;
  }

  /** Long options may be shortened as long as only one begins so (getopt_long), where all that may be meant are known. */
  private fullName(word: string): string {
    const equals = word.indexOf('=');
    const short = equals === -1 ? word : word.slice(0, equals);
    // `--` alone is not a shortened option.
    if (short === '--' || OWN_LONG_OPTIONS.has(short) || this.ownerOf(short) !== undefined) return word;
    const extensions = [...this.matches, ...(this.target === undefined ? [] : [this.target])];
    if (extensions.some(({ extension }) => extension === undefined)) return word;
    // The match that `-p tcp` brings along may have just this option.
    if (this.protocolOwner(short) !== undefined) return word;
    const known = [
      ...OWN_LONG_OPTIONS,
      ...extensions.flatMap(({ extension }) => Object.keys(extension?.options ?? {})),
    ];
    const meant = [...new Set(known.filter((name) => name.startsWith(short)))];
    return meant.length === 1 ? `${meant[0]}${word.slice(short.length)}` : word;
  }

  /** `-iwan0` and `--in-interface=wan0` are `-i wan0`. */
  private takeJoined(option: string, value: string): string | undefined {
    const texts = [...this.words.texts];
    texts.splice(this.at, 1, option, value);
    const rest = new Sorter({ texts: texts.slice(0, this.at + 2) }, this.at);
    rest.negated = this.negated;
    const sorted = rest.run();
    if ('message' in sorted) return sorted.message;
    this.selectors.push(...sorted.selectors);
    this.matches.push(...sorted.matches);
    this.target = sorted.target ?? this.target;
    this.goto ||= sorted.goto;
    this.negated = false;
    this.at += 1;
    return undefined;
  }

  private isLiteral(at: number): boolean {
    return this.words.literal?.includes(at) === true;
  }

  /** The old place of `!`: between an option and its argument. */
  private argument(): string | undefined {
    if (this.words.texts[this.at] === '!' && !this.isLiteral(this.at)) {
      this.negated = !this.negated;
      this.at += 1;
    }
    const word = this.words.texts[this.at];
    if (word !== undefined) this.at += 1;
    return word;
  }

  private takeNegated(): boolean {
    const { negated } = this;
    this.negated = false;
    return negated;
  }

  private takeSelector(selector: Selector): string | undefined {
    const option = this.words.texts[this.at];
    this.at += 1;
    const text = selector === 'fragment' ? '' : this.argument();
    if (text === undefined) return `'${option}' needs a value`;
    // Addresses may be several, a protocol may not.
    if (selector === 'protocol' && text.includes(',')) {
      this.at -= 1;
      return `'${option}' takes one protocol: a rule for each of '${text}'`;
    }
    this.selectors.push({ selector, negated: this.takeNegated(), text });
    return undefined;
  }

  private takeMatch(): string | undefined {
    this.at += 1;
    const name = this.argument();
    if (name === undefined) return `'-m' needs a name`;
    this.matches.push({ name, uses: [], extension: matchNamed(name), opaque: false });
    return undefined;
  }

  private takeTarget(goto: boolean): string | undefined {
    this.at += 1;
    const name = this.argument();
    if (name === undefined) return `'${goto ? '-g' : '-j'}' needs a name`;
    if (this.target !== undefined) return `a second target '${name}'`;
    this.goto = goto;
    this.target = { name, uses: [], extension: goto ? undefined : targetNamed(name), opaque: false };
    return undefined;
  }

  private takeOption(word: string): string | undefined {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    const owner = this.ownerOf(name) ?? this.protocolOwner(name);
    this.at += 1;
    if (owner === undefined)
      return this.takeUnowned(name, equals === -1 ? undefined : word.slice(equals + 1));
    const args = equals === -1 ? [] : [word.slice(equals + 1)];
    const arity = owner.extension?.options[name] ?? 0;
    while (args.length < arity) {
      const argument = this.argument();
      if (argument === undefined) return `'${name}' needs ${arity === 1 ? 'a value' : `${arity} values`}`;
      args.push(argument);
    }
    owner.uses.push({ name, negated: this.takeNegated(), args });
    return undefined;
  }

  /** Newest first: of two matches that know an option, the one written last is meant. */
  private ownerOf(name: string): ExtensionUse | undefined {
    if (this.target?.extension?.options[name] !== undefined) return this.target;
    for (let at = this.matches.length - 1; at >= 0; at -= 1) {
      if (this.matches[at]?.extension?.options[name] !== undefined) return this.matches[at];
    }
    return undefined;
  }

  /** `-p tcp --dport 80` without `-m tcp`. */
  private protocolOwner(name: string): ExtensionUse | undefined {
    if (this.target !== undefined && !this.isBlank(this.target)) return undefined;
    const text = this.selectors.find((one) => one.selector === 'protocol')?.text;
    const protocol = text === undefined ? undefined : readProtocol(text);
    const match = protocol?.kind === 'string' ? PROTOCOL_MATCHES[protocol.value] : undefined;
    const extension = match === undefined ? undefined : matchNamed(match);
    if (match === undefined || extension?.options[name] === undefined) return undefined;
    const owner: ExtensionUse = { name: match, uses: [], extension, opaque: false };
    this.matches.push(owner);
    return owner;
  }

  private isBlank(target: ExtensionUse): boolean {
    return target.extension !== undefined || !INERT_TARGETS.has(target.name);
  }

  /** An option no table knows belongs to what was named last, which is then not understood as a whole. */
  private takeUnowned(name: string, joined: string | undefined): string | undefined {
    const owner = this.target ?? this.matches.at(-1);
    if (owner === undefined) return `unknown option '${name}'`;
    const args: string[] = joined === undefined ? [] : [joined];
    if (TAKES_ANY_WORD.has(name) && joined === undefined) {
      const argument = this.argument();
      if (argument !== undefined) args.push(argument);
    }
    while (this.at < this.words.texts.length && this.isPlain()) args.push(this.words.texts[this.at++] ?? '');
    owner.uses.push({ name, negated: this.takeNegated(), args });
    owner.opaque = true;
    return undefined;
  }

  /** Whether the next word is a value: not an option, not `!`. `-1` and `-5.5` are values. */
  private isPlain(): boolean {
    const word = this.words.texts[this.at] ?? '';
    return this.isLiteral(this.at) || (word !== '!' && (!word.startsWith('-') || /^-\d/.test(word)));
  }
}
