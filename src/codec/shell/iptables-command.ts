import type { Span } from '../../net/span.ts';
import type { Done, IptablesBuilder } from './iptables-builder.ts';

/** Which tables a program speaks of. */
export interface Variant {
  readonly family: 'ip' | 'ip6';
  readonly frontend: 'iptables-nft' | 'iptables-legacy';
}

/** `iptables-legacy`, `/sbin/ip6tables`; undefined for any other program. */
export function iptablesVariant(program: string): (Variant & { readonly restore: boolean }) | undefined {
  const [, six, legacy, restore] = /^(?:.*\/)?ip(6)?tables(-legacy|-nft)?(-restore)?$/.exec(program) ?? [];
  if (!/^(?:.*\/)?ip6?tables(?:-legacy|-nft)?(?:-restore)?$/.test(program)) return undefined;
  return {
    family: six === undefined ? 'ip' : 'ip6',
    frontend: legacy === '-legacy' ? 'iptables-legacy' : 'iptables-nft',
    restore: restore !== undefined,
  };
}

type Verb =
  | 'append'
  | 'insert'
  | 'delete'
  | 'check'
  | 'replace'
  | 'new'
  | 'flush'
  | 'remove'
  | 'policy'
  | 'look'
  | 'rename';

// biome-ignore format: a table reads better in rows
const VERBS: Readonly<Record<string, Verb>> = {
  '-A': 'append', '--append': 'append', '-I': 'insert', '--insert': 'insert', '-D': 'delete', '--delete': 'delete',
  '-C': 'check', '--check': 'check', '-R': 'replace', '--replace': 'replace', '-N': 'new', '--new-chain': 'new', '--new': 'new',
  '-F': 'flush', '--flush': 'flush', '-X': 'remove', '--delete-chain': 'remove', '-P': 'policy', '--policy': 'policy',
  '-L': 'look', '--list': 'look', '-S': 'look', '--list-rules': 'look', '-Z': 'look', '--zero': 'look', '-V': 'look',
  '--version': 'look', '-h': 'look', '--help': 'look', '-E': 'rename', '--rename-chain': 'rename',
};

/** How a list is printed may stand in the same word as what asks for it: `-nvL`. */
const LIST = /^-[nvx]*[LS]$/;

function verbOf(word: string): Verb | undefined {
  return VERBS[word] ?? (LIST.test(word) ? 'look' : undefined);
}

interface Parsed {
  readonly table: string;
  readonly verb: Verb;
  /** The words of the command itself and of the rule. */
  readonly rest: readonly string[];
}

/** Options that a command refuses. In a file of iptables-restore they leave the line to the program of the other family. */
const OTHER_FAMILY = { ip: /^(?:-6|--ipv6)$/, ip6: /^(?:-4|--ipv4)$/ };

const PROGRAM = { ip: 'iptables', ip6: 'ip6tables' };

/** Carries one iptables command out; the words are those behind the program. */
export function runIptables(
  builder: IptablesBuilder,
  variant: Variant,
  words: readonly string[],
  span: Span,
): Done {
  const refused = words.find((word) => OTHER_FAMILY[variant.family].test(word));
  if (refused !== undefined) return { message: `${PROGRAM[variant.family]} refuses '${refused}'` };
  const parsed = parse(words);
  if (typeof parsed === 'string') return { message: parsed };
  const { table, verb, rest } = parsed;
  if (!builder.isTable(table)) return { message: `unknown table '${table}'` };
  const [chain, ...others] = rest;
  switch (verb) {
    case 'look':
      return builder.list(
        variant,
        table,
        rest.find((word) => !word.startsWith('-')),
      );
    case 'flush':
      return builder.flush(variant, table, chain);
    case 'remove':
      return builder.deleteChain(variant, table, chain);
    case 'rename':
      return { message: 'chains that are renamed are not followed' };
    default:
  }
  if (chain === undefined) return { message: 'a chain is missing' };
  if (verb === 'new') return builder.newChain(variant, table, chain, span);
  if (verb === 'policy') return builder.policy(variant, table, chain, others[0] ?? '', span);
  return builder.rule(variant, table, verb, chain, others, span);
}

/** Table and waiting may stand anywhere among the words. */
function parse(words: readonly string[]): Parsed | string {
  let table = 'filter';
  let verb: Verb | undefined;
  const rest: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1];
    const joined = /^(?:-t|--table=)(\w+)$/.exec(word)?.[1];
    if (word === '-t' || word === '--table') {
      table = next ?? '';
      at += 1;
    } else if (joined !== undefined) table = joined;
    else if (word === '-w' || word === '--wait' || word === '-W' || word === '--wait-interval') {
      if (/^\d+$/.test(next ?? '')) at += 1;
    } else if (
      /^(?:-[nvx]+|--(?:verbose|numeric|exact|line-numbers|wait=\d+|modprobe=.*)|-[46]|--ipv[46])$/.test(word)
    ) {
      // How it prints, and its own family.
    } else if (verb === undefined && verbOf(word) !== undefined) {
      verb = verbOf(word);
      // The chain comes first, whatever stood before the command.
      if (next !== undefined && !next.startsWith('-') && verb !== 'look') {
        rest.unshift(next);
        at += 1;
      }
    } else rest.push(word);
  }
  return verb === undefined ? 'no command such as -A' : { table, verb, rest };
}
