import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';
import type { RuleRef, TracePath } from '../../trace/trace.ts';
import { familiesOfRule, type RuleAt } from '../all-rules.ts';
import { withStatements } from '../flow/with-statements.ts';
import type { Machine } from '../machine.ts';
import { askedOf } from './forward-flows.ts';
import { insideSources } from './inside-sources.ts';
import { exampleName, leaving, outwardFlow } from './leaving.ts';
import { comesTooLate, deadTranslations, notrackRules } from './untracked.ts';
import { usedWans } from './untranslated.ts';

/** Packets of hosts inside that a rule leaves untracked, so that they leave as they are. */
export interface UntrackedLeaving {
  readonly at: RuleAt;
  readonly flow: Flow;
  readonly wan: string;
  readonly path: TracePath;
  /** What would translate them. */
  readonly translator: RuleRef;
}

/** Each is followed by every uplink and through every rule; what more there is mostly says the same again. */
const MOST_FOLLOWED = 24;

/** Each rule once. One that leaves a translation nothing to translate is told by nat-before-notrack instead. */
export function untrackedLeaving(machine: Machine): readonly UntrackedLeaving[] {
  const dead = new Set(deadTranslations(machine.state).map(({ by }) => by.rule));
  return notrackRules(machine.state)
    .filter((one) => !comesTooLate(one) && !dead.has(one.rule))
    .slice(0, MOST_FOLLOWED)
    .flatMap((one) => firstLeaving(machine, { ...one, index: one.chain.rules.indexOf(one.rule) }) ?? []);
}

function firstLeaving(machine: Machine, at: RuleAt): UntrackedLeaving | undefined {
  const tracked = withStatements(
    machine.state,
    at,
    at.rule.statements.filter(({ kind }) => kind !== 'notrack'),
  );
  for (const family of familiesOfRule(at))
    for (const flow of flowsFor(machine, at, family))
      for (const wan of usedWans(machine, family)) {
        const path = untrackedWay(machine.state, flow, wan);
        const translator = path && translatorOfAll(tracked, flow, wan);
        if (path !== undefined && translator !== undefined) return { at, flow, wan, path, translator };
      }
  return undefined;
}

/** A way on which the flow leaves untracked; none where it leaves tracked on another one. */
function untrackedWay(state: KernelState, flow: Flow, wan: string): TracePath | undefined {
  const paths = leaving(state, flow, exampleName(wan)).flatMap(({ leaves, path }) => (leaves ? path : []));
  return paths.every(isUntracked) ? paths[0] : undefined;
}

/** The first rule that translates the flow; none where it leaves untranslated on some way. */
function translatorOfAll(state: KernelState, flow: Flow, wan: string): RuleRef | undefined {
  const ways = leaving(state, flow, exampleName(wan)).filter(({ leaves }) => leaves);
  return ways.every(({ by }) => by !== undefined) ? ways[0]?.by : undefined;
}

function isUntracked({ packets }: TracePath): boolean {
  return packets[0]?.end.state === 'untracked';
}

/** Flows from inside to the internet that the rule is for. One that asks for a source port is for answers of services. */
function flowsFor(machine: Machine, { rule }: RuleAt, family: Family): readonly Flow[] {
  const asked = askedOf(rule);
  const protocols = asked.get('l4proto') ?? PORTED.filter((name) => asked.has(`${name} dport`));
  return insideSources(machine, family).flatMap(({ lan, address }) =>
    (protocols.length > 0 ? protocols : PORTED).flatMap((protocol): readonly Flow[] => {
      const fields = [protocol, 'th'];
      if (fields.some((name) => asked.has(`${name} sport`))) return [];
      const [port] = fields.flatMap((name) => asked.get(`${name} dport`) ?? []);
      const flow = { ...outwardFlow(family, lan, address), protocol };
      return [port === undefined ? flow : { ...flow, destinationPort: Number(port) }];
    }),
  );
}

/** Protocols of which services are known by their ports. */
const PORTED = ['udp', 'tcp'];
