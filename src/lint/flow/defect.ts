import type { Flow } from '../../trace/flow.ts';
import type { PacketName, RuleRef, TracePath } from '../../trace/trace.ts';
import type { World } from './world.ts';

/** What is wrong with how a mark fares, each the matter of one check. */
export type DefectKind =
  | 'accept-before-save'
  | 'mark-not-saved'
  | 'reroll-while-new'
  | 'mark-after-routing'
  | 'save-in-wrong-hook'
  | 'restore-in-wrong-hook'
  | 'reply-overwrites-mark'
  | 'output-mark-not-rerouted'
  | 'local-reply-loses-mark'
  | 'connmark-without-conntrack'
  | 'left-unsaved';

/** One flow that suffers, and the one thing that is wrong. */
export interface Defect {
  readonly kind: DefectKind;
  readonly world: World;
  readonly flow: Flow;
  readonly path: TracePath;
  /** The packet that goes astray; absent where none does. */
  readonly astray?: PacketName;
  /** Where it is wrong. */
  readonly rule: RuleRef;
  /** The packet in which the rule did it. */
  readonly packet: PacketName;
  /** The rule that set the mark. */
  readonly marking?: RuleRef;
  /** Where a save or restore stands that does not do it. */
  readonly vain?: RuleRef;
  /** What exactly, where one kind has several ways to come about. */
  readonly detail: string;
}

/** What looking at one flow finds. */
export type Found = Pick<Defect, 'kind' | 'rule' | 'packet' | 'detail' | 'marking' | 'vain'>;
