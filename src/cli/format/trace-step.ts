import { policyRuleCommand } from '../../codec/ip-batch.ts';
import type { PolicyRule, Route } from '../../kernel/routing.ts';
import { formatWord } from '../../net/mark.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { MarkView, RouteLookup, RouteResult, Step } from '../../trace/trace.ts';
import { rulePlace, ruleText, spanPlace } from './rule-text.ts';
import { lines } from './text-lines.ts';
import { nameDevice, type TraceSetting } from './trace.ts';

/** One step in a line or a few; nothing for what decides nothing, unless all is asked for. */
export function formatStep(step: Step, setting: TraceSetting): string {
  const say = (text: string, lead = '  ') => lines(text, lead, setting.width);
  switch (step.kind) {
    case 'rule':
      return formatRule(step, setting);
    case 'chain':
      return setting.verbose || /drop|unknown/.test(step.result)
        ? say(`${step.hook}: ${step.family} ${step.table} ${step.chain} ends: ${step.result}`)
        : '';
    case 'conntrack':
      return setting.verbose ? say(`${step.hook}: conntrack: ${step.state}${connmark(step.connmark)}`) : '';
    case 'confirm':
      return setting.verbose ? say(`connection confirmed${connmark(step.connmark)}`) : '';
    case 'nat':
      return say(`${step.hook}: ${step.side} ${step.from} becomes ${step.to}`);
    case 'route':
      return formatLookup(step.why, step.lookup, setting);
    case 'reverse-path': {
      if (step.passes && !setting.verbose) return '';
      const verdict = step.passes ? 'passes' : 'drops it';
      return say(
        `rp_filter ${step.mode} on ${nameDevice(step.interface, setting)} ${verdict}: ${step.reason}`,
      );
    }
    case 'oif-changed':
      return say(
        `masqueraded for ${nameDevice(step.from, setting)} and leaving by ${nameDevice(step.to, setting)}: the kernel drops the packet and the connection`,
      );
    case 'note':
      return say(step.text);
  }
}

function connmark(mark: MarkView | undefined): string {
  return mark === undefined ? '' : `, connmark ${sayMark(mark)}`;
}

export function sayMark(mark: MarkView): string {
  if (typeof mark === 'number') return formatWord(mark);
  return `${formatWord(mark.value)} (bits ${formatWord(mark.unknown)} unknown)`;
}

type RuleStep = Extract<Step, { kind: 'rule' }>;

/** Moves between chains are told only when all is. */
function matters(step: RuleStep): boolean {
  if (step.inert) return false;
  const moved = changed(step.mark) || (step.connmark !== undefined && changed(step.connmark));
  const verdict = step.verdict !== undefined && !/^(?:jump|goto|return|continue)/.test(step.verdict);
  return moved || verdict || step.effects.length > 0;
}

function changed([before, after]: readonly [MarkView, MarkView]): boolean {
  return sayMark(before) !== sayMark(after);
}

function formatRule(step: RuleStep, setting: TraceSetting): string {
  if (!setting.verbose && !matters(step)) return '';
  const { rule } = step;
  const place = rulePlace(rule, setting.sources);
  const marks = [
    ...(changed(step.mark) ? [`mark ${step.mark.map(sayMark).join(' -> ')}`] : []),
    ...(step.connmark !== undefined && changed(step.connmark)
      ? [`connmark ${step.connmark.map(sayMark).join(' -> ')}`]
      : []),
  ];
  const said = [...marks, ...(step.verdict === undefined ? [] : [step.verdict])];
  const head = `${step.hook}: ${place}${said.length === 0 ? '' : `  ${said.join(', ')}`}`;
  const text = ruleText(rule, setting.state, setting.sources);
  return lines(head, '  ', setting.width) + lines(text, '      ', setting.width);
}

const WHY: Readonly<Record<Extract<Step, { kind: 'route' }>['why'], string>> = {
  input: 'routing',
  output: 'routing of the socket',
  'output with source': 'routing with the source chosen',
  're-route': 'routing again',
  'reverse path': 'reverse path',
};

function formatLookup(
  why: Extract<Step, { kind: 'route' }>['why'],
  lookup: RouteLookup,
  setting: TraceSetting,
): string {
  if (why === 'reverse path' && !setting.verbose) return '';
  const tried = lookup.tried.map(({ rule, why: reason }) => {
    const place = rule.span === undefined ? undefined : spanPlace(rule.span, setting.sources);
    const text = `${sayPolicyRule(rule, setting)}${place === undefined ? '' : ` [${place}]`}`;
    const line = reason === undefined ? `* ${text}` : `- ${text}: ${reason}`;
    return lines(line, '    ', setting.width);
  });
  const head = lines(`${WHY[why]}, mark ${sayMark(lookup.mark)}:`, '  ', setting.width);
  return head + tried.join('') + lines(sayResult(lookup.result, setting), '    = ', setting.width);
}

/** As `ip rule` prints it. */
function sayPolicyRule(rule: PolicyRule, { tableNames }: TraceSetting): string {
  const { unknown, ...selector } = rule.selector;
  const [, , , priority = '', ...words] = policyRuleCommand('add', {
    ...rule,
    selector,
    // The owner's tag decides nothing.
    protocol: 0,
  }).split(' ');
  const named = words.map((word, at) =>
    words[at - 1] === 'lookup' ? (tableNames.get(Number(word)) ?? word) : word,
  );
  return `${priority}: ${named.join(' ')}${unknown === undefined ? '' : ` ${unknown}`}`;
}

function sayResult(result: RouteResult, setting: TraceSetting): string {
  switch (result.kind) {
    case 'unicast':
      return result.route === undefined
        ? `by ${nameDevice(result.device, setting)}`
        : sayRoute(result.route, result);
    case 'no-route':
      return 'no route';
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
