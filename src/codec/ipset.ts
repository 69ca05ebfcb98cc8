import type { IpSet } from '../kernel/netfilter.ts';

/** Words of a set's creation that the kernel changes or picks by itself. Each is followed by its value. */
const OWN_OPTIONS: ReadonlySet<string> = new Set(['hashsize', 'bucketsize', 'initval']);

/** Words of an element that change with time and traffic. Each is followed by its value. */
const CHANGING_WORDS: ReadonlySet<string> = new Set(['packets', 'bytes']);

/** Reads `ipset save`. Lines that are neither `create` nor `add` are not a saved set's and are passed over. */
export function readIpsetSave(text: string): IpSet[] {
  const sets = new Map<string, { type: string; options: string; elements: string[] }>();
  for (const line of text.split('\n')) {
    const [command, name, first, ...rest] = line.trim().split(' ');
    if (name === undefined || first === undefined) continue;
    if (command === 'create')
      sets.set(name, { type: first, options: without(rest, OWN_OPTIONS), elements: [] });
    else if (command === 'add') sets.get(name)?.elements.push(element([first, ...rest]));
  }
  return [...sets].map(([name, set]) => ({ name, ...set }));
}

function without(words: readonly string[], dropped: ReadonlySet<string>): string {
  return words.filter((word, at) => !dropped.has(word) && !dropped.has(words[at - 1] ?? '')).join(' ');
}

/** A lifetime that runs down is no part of what the element is; `timeout 0` (for ever) is. */
function element(words: readonly string[]): string {
  const lasting = words.filter(
    (word, at) => !(isRunning(word, words[at + 1]) || isRunning(words[at - 1], word)),
  );
  return without(lasting, CHANGING_WORDS);
}

function isRunning(word: string | undefined, value: string | undefined): boolean {
  return word === 'timeout' && value !== '0';
}

/** Sets whose entries come and go by themselves or by another program: they are never emptied here. */
function isFilledByOthers(set: IpSet): boolean {
  return set.options.split(' ').includes('timeout');
}

/**
 * `ipset restore` text that makes and fills what `after` has more than `before`, and takes out what a set has too much.
 * Run it before the rules that name the sets. A set whose kind changes is built beside the old one and swapped in.
 */
export function writeIpsetAdditions(before: readonly IpSet[], after: readonly IpSet[]): string {
  const found = new Map(before.map((set) => [set.name, set]));
  return lines(after.flatMap((set) => writeSet(found.get(set.name), set)));
}

/** `ipset restore` text that destroys the sets `after` has no more. Run it when no rule names them any longer. */
export function writeIpsetRemovals(before: readonly IpSet[], after: readonly IpSet[]): string {
  const kept = new Set(after.map((set) => set.name));
  return lines(before.flatMap((set) => (kept.has(set.name) ? [] : [`destroy ${set.name}`])));
}

function writeSet(found: IpSet | undefined, wanted: IpSet): string[] {
  if (found === undefined) return create(wanted, wanted.name);
  if (found.type !== wanted.type || found.options !== wanted.options) {
    const beside = besideName(wanted.name);
    return [...create(wanted, beside), `swap ${beside} ${wanted.name}`, `destroy ${beside}`];
  }
  const have = new Set(found.elements);
  const want = new Set(wanted.elements);
  const stale = isFilledByOthers(found) ? [] : found.elements.filter((entry) => !want.has(entry));
  return [
    ...wanted.elements
      .filter((entry) => !have.has(entry))
      .map((entry) => `add ${wanted.name} ${entry} -exist`),
    ...stale.map((entry) => `del ${wanted.name} ${entry.split(' ')[0]} -exist`),
  ];
}

function create({ type, options, elements }: IpSet, name: string): string[] {
  const head = `create ${name} ${type} ${options}`.trimEnd();
  return [`${head} -exist`, ...elements.map((entry) => `add ${name} ${entry} -exist`)];
}

/** Names end at 31 characters (IPSET_MAXNAMELEN less the closing zero). */
const MAX_NAME = 31;

function besideName(name: string): string {
  return `${name.slice(0, MAX_NAME - 1)}~`;
}

function lines(commands: readonly string[]): string {
  return commands.map((command) => `${command}\n`).join('');
}
