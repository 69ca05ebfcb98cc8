import type { Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { OptionUse, WrittenMatch } from './extension.ts';
import { MATCHES } from './match-table.ts';
import type { Selector } from './rule-words.ts';
import { SELECTOR_ORDER, writeSelector } from './selector.ts';
import { TARGETS } from './target-table.ts';
import { optionsText, usesText } from './text.ts';
import { quoteWord } from './words.ts';

/**
 * A rule's words as iptables-save has them, without `-A CHAIN`: selectors, comment, matches, target. Counters are not
 * written. Throws for a rule iptables cannot say, which is a mistake of the program that made it.
 */
export function writeRule(rule: Rule): string {
  const text = sayRule(rule);
  if (text === undefined) throw new Error(`iptables has no words for ${JSON.stringify(rule.statements)}`);
  return text;
}

/** The same words; undefined for a rule iptables cannot say. */
export function sayRule(rule: Rule): string | undefined {
  const statements = rule.statements.filter((statement) => statement.kind !== 'counter');
  const conditions = conditionCount(statements);
  const matches = sayConditions(statements.slice(0, conditions));
  const target = sayTarget(statements.slice(conditions));
  if (matches === undefined || target === undefined) return undefined;
  const comment = rule.comment === undefined ? [] : [`-m comment --comment ${quoteWord(rule.comment)}`];
  return [...matches.selectors, ...comment, ...matches.extensions, target]
    .filter((part) => part !== '')
    .join(' ');
}

/** How many statements lead up to the target. A socket's mark is set by a match, not by a target. */
function conditionCount(statements: readonly Statement[]): number {
  let count = 0;
  for (const [at, statement] of statements.entries()) {
    const isCondition = statement.kind === 'match' || statement.kind === 'unknown-match';
    const isSocketMark = statement.kind === 'set' && statement.value.kind === 'socket';
    if (isCondition || isSocketMark) count = at + 1;
  }
  return count;
}

function sayConditions(
  statements: readonly Statement[],
): { selectors: readonly string[]; extensions: readonly string[] } | undefined {
  const selectors = new Map<Selector, OptionUse>();
  const rest: Statement[] = [];
  for (const statement of statements) {
    const said = writeSelector(statement);
    if (said === undefined || selectors.has(said.selector)) rest.push(statement);
    else selectors.set(said.selector, said.use);
  }
  const extensions = sayExtensions(rest);
  if (extensions === undefined) return undefined;
  const uses = SELECTOR_ORDER.flatMap((selector) => selectors.get(selector) ?? []);
  return { selectors: uses.map((one) => optionsText([one])), extensions };
}

function sayExtensions(statements: readonly Statement[]): readonly string[] | undefined {
  const said: string[] = [];
  for (let at = 0; at < statements.length; ) {
    const statement = statements[at];
    const written = writeMatch(statements, at);
    if (written !== undefined) {
      said.push(usesText('-m', written.name, written.uses));
      at += written.count;
    } else if (statement?.kind === 'unknown-match' && /^(?:-m|!|-)/.test(statement.text)) {
      said.push(statement.text);
      at += 1;
    } else return undefined;
  }
  return said;
}

function writeMatch(
  statements: readonly Statement[],
  at: number,
): (WrittenMatch & { name: string }) | undefined {
  for (const { name, write } of MATCHES) {
    const written = write?.(statements, at);
    if (written !== undefined) return { name, ...written };
  }
  return undefined;
}

function sayTarget(effects: readonly Statement[]): string | undefined {
  const [first, ...rest] = effects;
  if (first === undefined) return '';
  const text = rest.length === 0 ? targetText(first) : undefined;
  if (text !== undefined) return text;
  for (const { name, write } of TARGETS) {
    const uses = write?.(effects);
    if (uses !== undefined) return usesText('-j', name, uses);
  }
  return undefined;
}

/** Targets that name a chain, or were kept as text. */
function targetText(effect: Statement): string | undefined {
  switch (effect.kind) {
    case 'verdict':
      if (effect.verdict.kind === 'jump') return `-j ${effect.verdict.chain}`;
      if (effect.verdict.kind === 'goto') return `-g ${effect.verdict.chain}`;
      return effect.verdict.kind === 'queue' ? effect.verdict.text : undefined;
    case 'inert':
    case 'unknown-target':
      return effect.text;
    case 'set':
      return effect.value.kind === 'hash' && effect.value.of?.kind === 'unknown'
        ? effect.value.of.text
        : undefined;
    default:
      return undefined;
  }
}
