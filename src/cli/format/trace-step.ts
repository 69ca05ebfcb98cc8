import type { MarkView, Step } from '../../trace/trace.ts';
import { sayMark } from './mark-view.ts';
import { formatLookup } from './route-lookup.ts';
import { isConditional, rulePlace, ruleText } from './rule-text.ts';
import { lines } from './text-lines.ts';
import { nameDevice, type TraceSetting } from './trace.ts';

/** The steps of a packet, in a line or a few each; nothing for what decides nothing, unless all is asked for. */
export function formatSteps(steps: readonly Step[], setting: TraceSetting): string {
  return steps.map((step, at) => formatStep(step, leads(steps, at), setting)).join('');
}

function formatStep(step: Step, isWay: boolean, setting: TraceSetting): string {
  const say = (text: string, lead = '  ') => lines(text, lead, setting.width);
  switch (step.kind) {
    case 'rule':
      return formatRule(step, isWay, setting);
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

type RuleStep = Extract<Step, { kind: 'rule' }>;

/** Moves between chains matter only where they lead to something that does. */
function matters(step: RuleStep): boolean {
  if (step.inert) return false;
  const moved = changed(step.mark) || (step.connmark !== undefined && changed(step.connmark));
  const verdict = step.verdict !== undefined && !/^(?:jump|goto|return|continue)/.test(step.verdict);
  return moved || verdict || step.effects.length > 0;
}

const MOVE = /^(?:jump|goto) (\S+)$/;

/** Whether the chain this step goes to, or one called from there, has a rule that matters. */
function leads(steps: readonly Step[], at: number): boolean {
  const move = steps[at];
  const called = new Set<string>();
  for (const step of steps.slice(at)) {
    if (step.kind === 'chain') return false;
    if (step.kind !== 'rule') continue;
    if (step !== move && !called.has(step.rule.chain)) return false;
    if (step !== move && matters(step)) return true;
    const target = MOVE.exec(step.verdict ?? '')?.[1];
    if (target !== undefined) called.add(target);
    if (called.size === 0) return false;
  }
  return false;
}

function changed([before, after]: readonly [MarkView, MarkView]): boolean {
  return sayMark(before) !== sayMark(after);
}

/** Three lines; a map of 64 WANs would fill the screen. -v prints it. */
const MOST_TEXT = 210;

function formatRule(step: RuleStep, isWay: boolean, setting: TraceSetting): string {
  const { rule } = step;
  const tells = matters(step) || (isWay && isConditional(rule, setting.state));
  if (!setting.verbose && !tells) return '';
  const place = rulePlace(rule, setting.sources);
  const marks = [
    ...(changed(step.mark) ? [`mark ${step.mark.map(sayMark).join(' -> ')}`] : []),
    ...(step.connmark !== undefined && changed(step.connmark)
      ? [`connmark ${step.connmark.map(sayMark).join(' -> ')}`]
      : []),
  ];
  const said = [...marks, ...(step.verdict === undefined ? [] : [step.verdict])];
  const head = `${step.hook}: ${place}${said.length === 0 ? '' : `  ${said.join(', ')}`}`;
  const whole = ruleText(rule, setting.state, setting.sources);
  const text = setting.verbose || whole.length <= MOST_TEXT ? whole : `${whole.slice(0, MOST_TEXT)} ...`;
  return lines(head, '  ', setting.width) + lines(text, '      ', setting.width);
}
