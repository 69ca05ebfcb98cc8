import type { Change } from '../../apply/change.ts';
import type { Diagnostic, Sources } from '../../net/diagnostic.ts';
import type { Family } from '../../net/family.ts';
import type { FamilyTurn, ResetReason } from '../decide/decision.ts';
import type { Transition } from '../health/state.ts';

/** What the daemon has to say, as data; the log, the journal and hooks make words of it. */
export type Notice =
  | { readonly kind: 'started'; readonly changes: readonly Change[] }
  /** It was started while an apply waits for its confirmation: should that not come, nothing is left to watch. */
  | { readonly kind: 'unconfirmed'; readonly untilMs: number }
  | { readonly kind: 'transition'; readonly transition: Transition }
  /** One family of a WAN that stays in use with the other. */
  | { readonly kind: 'family'; readonly turn: FamilyTurn }
  /** The kernel is at the demand of the last transitions. */
  | { readonly kind: 'enacted'; readonly changes: readonly Change[]; readonly tookMs: number }
  | {
      readonly kind: 'reset';
      readonly wan: string;
      readonly family: Family;
      readonly why: ResetReason;
      readonly count: number;
    }
  /** Put back what somebody changed. `times`: so often within a minute; the next repair waits for `pauseMs`. */
  | {
      readonly kind: 'healed';
      readonly changes: readonly Change[];
      readonly by?: string;
      readonly times: number;
      readonly pauseMs: number;
    }
  | { readonly kind: 'reloaded'; readonly changes: readonly Change[]; readonly resets: readonly string[] }
  | {
      readonly kind: 'bad-site';
      readonly diagnostics: readonly Diagnostic[];
      readonly sources: Sources;
    }
  | { readonly kind: 'problem'; readonly message: string }
  | { readonly kind: 'stopped'; readonly why: string };

export type Say = (notice: Notice) => void;
