import { canonicalStatement } from './canonical-statement.ts';
import { meta, number, type SetElement } from './expression.ts';
import { familyLayers, joinLayers, type Layers, layersOf, NO_LAYERS } from './layers.ts';
import type { NetfilterFamily, Rule } from './netfilter.ts';
import { likelySameData, sameData } from './same-data.ts';
import { sortByText } from './stable-text.ts';
import type { Statement } from './statement.ts';

type Match = Extract<Statement, { kind: 'match' }>;

/** Matches with nothing between them, so that their order does not matter, and the layers they ask for. */
interface Run {
  readonly matches: readonly Match[];
  readonly needs: Layers;
}

const EMPTY_RUN: Run = { matches: [], needs: NO_LAYERS };

/**
 * The one form of a rule. `tcp dport 53` says that the packet is TCP, so nft drops a `meta l4proto tcp` before it
 * and leaves it out of its listing; here every such condition is written once, at the head of its run of matches.
 */
export function canonicalRule(rule: Rule, family: NetfilterFamily): Rule {
  const statements: Statement[] = [];
  let known = familyLayers(family);
  let run = EMPTY_RUN;
  for (const met of rule.statements) {
    const statement = canonicalStatement(met);
    if (statement === undefined) continue;
    if (statement.kind === 'match') {
      run = extended(run, statement, layersOf(met));
      continue;
    }
    const needs = joinLayers([run.needs, layersOf(met)]);
    statements.push(...layerMatches(needs, known), ...sorted(run), statement);
    known = joinLayers([known, needs]);
    run = EMPTY_RUN;
  }
  statements.push(...layerMatches(run.needs, known), ...sorted(run));
  return rule.comment === undefined ? { statements } : { statements, comment: rule.comment };
}

/** Whether two rules of one table have the same normal form; most can be told without making it. */
export function sameRule(a: Rule, b: Rule, family: NetfilterFamily): boolean {
  if (a.comment !== b.comment) return false;
  if (likelySameData(a.statements, b.statements)) return true;
  const alike =
    a.statements.length === b.statements.length &&
    a.statements.every((statement, at) => sameStatement(statement, b.statements[at]));
  return alike || sameData(canonicalRule(a, family), canonicalRule(b, family));
}

/** The normal form of a rule is made of that of each statement, and of the layers that each asks for. */
function sameStatement(a: Statement, b: Statement | undefined): boolean {
  if (b === undefined || a.kind !== b.kind) return false;
  if (sameData(a, b) || inAnyOrder(a) === inAnyOrder(b)) return true;
  return sameData(layersOf(a), layersOf(b)) && sameData(canonicalStatement(a), canonicalStatement(b));
}

/** The kernel lists sets and maps in an order of its own, which is all that most differ in. */
function inAnyOrder(statement: Statement): string {
  return JSON.stringify(statement, (name, value) =>
    name === 'elements' ? value.map((element: SetElement) => JSON.stringify(element)).sort() : value,
  );
}

function extended(run: Run, match: Match, needs: Layers): Run {
  const plain = protocolMatch(match);
  const explicit = explicitLayers(plain);
  return {
    matches: explicit === undefined ? [...run.matches, plain] : run.matches,
    needs: joinLayers([run.needs, needs, explicit ?? NO_LAYERS]),
  };
}

/** nft itself changes the order of some (`ether saddr`); all of them must hold, whichever is asked first. */
function sorted({ matches }: Run): readonly Match[] {
  return sortByText(matches);
}

/** `ip protocol` is the transport protocol of an IPv4 packet. */
function protocolMatch(match: Match): Match {
  const { left } = match;
  const isProtocol = left.kind === 'payload' && left.protocol === 'ip' && left.field === 'protocol';
  return isProtocol ? { ...match, left: meta('l4proto') } : match;
}

/** Ethernet's numbers for the two families, as `meta protocol` reads them. */
const NETWORKS: Readonly<Record<number, number>> = { 2048: 2, 34525: 10 };

/** What a match says about the layers and nothing else; undefined when it says something else. */
function explicitLayers({ operator, left, right }: Match): Layers | undefined {
  if (operator !== '==' || left.kind !== 'meta' || right.kind !== 'number') return undefined;
  const network = left.key === 'protocol' ? NETWORKS[right.value] : undefined;
  if (network !== undefined) return { network: [network], transport: [] };
  if (left.key === 'nfproto') return { network: [right.value], transport: [] };
  return left.key === 'l4proto' ? { network: [], transport: [right.value] } : undefined;
}

function layerMatches(needs: Layers, known: Layers): readonly Match[] {
  const added = (key: string, wanted: readonly number[], had: readonly number[]): readonly Match[] =>
    wanted
      .filter((value) => !had.includes(value))
      .sort((a, b) => a - b)
      .map((value) => ({ kind: 'match', operator: '==', left: meta(key), right: number(value) }));
  return [
    ...added('nfproto', needs.network, known.network),
    ...added('l4proto', needs.transport, known.transport),
  ];
}
