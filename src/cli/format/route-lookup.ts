import type { PolicyRule, Route } from '../../kernel/routing.ts';
import { policyRuleWords } from '../../kernel/routing-words.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { RouteLookup, RouteResult, Step, TriedRule } from '../../trace/trace.ts';
import { sayMark } from './mark-view.ts';
import { spanPlace } from './rule-text.ts';
import { lines } from './text-lines.ts';
import { nameDevice, type TraceSetting } from './trace.ts';

const WHY: Readonly<Record<Extract<Step, { kind: 'route' }>['why'], string>> = {
  input: 'routing',
  output: 'routing of the socket',
  'output with source': 'routing with the source chosen',
  're-route': 'routing again',
  'reverse path': 'reverse path',
};

/** The policy rules that were asked, the one that won marked by a star, and what its table said. */
export function formatLookup(
  why: Extract<Step, { kind: 'route' }>['why'],
  lookup: RouteLookup,
  setting: TraceSetting,
): string {
  if (why === 'reverse path' && !setting.verbose) return '';
  const tried = grouped(lookup.tried, setting.verbose).map((group) =>
    lines(sayTried(group, lookup, setting), '    ', setting.width),
  );
  const head = lines(`${WHY[why]}, mark ${sayMark(lookup.mark)}:`, '  ', setting.width);
  return head + tried.join('') + lines(sayResult(lookup.result, setting), '    = ', setting.width);
}

/** So many rules in a row that miss for one reason are told as one. */
const MANY = 3;

function grouped(tried: readonly TriedRule[], verbose: boolean): readonly (readonly TriedRule[])[] {
  const groups: TriedRule[][] = [];
  for (const one of tried) {
    const group = groups.at(-1);
    const reason = sharedReason(one);
    if (group?.[0] !== undefined && reason !== undefined && sharedReason(group[0]) === reason)
      group.push(one);
    else groups.push([one]);
  }
  return groups.flatMap((group) => (verbose || group.length < MANY ? group.map((one) => [one]) : [group]));
}

function sharedReason({ why }: TriedRule): 'mark' | 'source' | undefined {
  if (why === undefined) return undefined;
  if (/^the mark .* is not /.test(why)) return 'mark';
  return why.startsWith('the source is not in ') ? 'source' : undefined;
}

function sayTried(group: readonly TriedRule[], lookup: RouteLookup, setting: TraceSetting): string {
  const [first] = group;
  const last = group.at(-1);
  if (first === undefined || last === undefined) return '';
  const { rule, why } = first;
  if (first !== last) {
    const span = rule.priority === last.rule.priority ? '' : ` to ${last.rule.priority}`;
    const places = [placeOf(rule, setting), placeOf(last.rule, setting)].filter(
      (place) => place !== undefined,
    );
    const what = sharedReason(first) === 'mark' ? `mark ${sayMark(lookup.mark)}` : 'source';
    const where = places.length === 0 ? '' : ` [${places.join(' to ')}]`;
    return `- ${rule.priority}${span}${where}: the ${what} is that of none of these ${group.length} rules`;
  }
  const place = placeOf(rule, setting);
  const text = `${policyRuleWords(rule, setting.tableNames)}${place === undefined ? '' : ` [${place}]`}`;
  return why === undefined ? `* ${text}` : `- ${text}: ${sayTables(why, setting)}`;
}

function placeOf({ span }: PolicyRule, { sources }: TraceSetting): string | undefined {
  return span === undefined ? undefined : spanPlace(span, sources);
}

/** The trace's own reasons speak of numbers. */
function sayTables(why: string, { tableNames }: TraceSetting): string {
  return why.replace(
    /^table (\d+)/,
    (_, number: string) => `table ${tableNames.get(Number(number)) ?? number}`,
  );
}

function sayResult(result: RouteResult, setting: TraceSetting): string {
  switch (result.kind) {
    case 'unicast':
      return result.route === undefined
        ? `by ${nameDevice(result.device, setting)}`
        : sayRoute(result.route, result);
    case 'no-route':
      return 'no route';
    case 'martian':
      return `refused: ${result.reason}`;
    case 'unknown':
      return `unknown: ${result.reason}`;
    default:
      return result.route === undefined ? result.kind : sayRoute(result.route, {});
  }
}

function sayRoute(route: Route, chosen: { readonly device?: string; readonly gateway?: string }): string {
  const destination = route.destination.length === 0 ? 'default' : formatPrefix(route.destination);
  const words = [...(route.type === 'unicast' ? [] : [route.type]), destination];
  const gateway = chosen.gateway ?? route.hops[0]?.gateway;
  const device = chosen.device ?? route.hops[0]?.device;
  if (gateway !== undefined) words.push('via', gateway);
  if (device !== undefined) words.push('dev', device);
  if (route.metric !== 0) words.push('metric', String(route.metric));
  return words.join(' ');
}
