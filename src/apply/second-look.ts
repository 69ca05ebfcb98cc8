import { ownState } from '../kernel/ownership.ts';
import { EMPTY_STATE, type KernelState } from '../kernel/state.ts';
import type { Change } from './change.ts';
import { describeChange } from './describe.ts';
import { diff, diffRouting } from './diff.ts';
import type { FirstLook } from './first-look.ts';
import type { Machine } from './machine.ts';
import { askOwnRouting, type Look, observeWith, type RoutingTexts, readOwnRouting } from './observe.ts';
import { StepFailure } from './step-failure.ts';

/** Looks at what became of a change. */
export interface SecondLook {
  /**
   * When none of the changes that follow is one of routing. `ip` says what there is while the rest is changed, and if it
   * says the same in the end, that has been read by then.
   */
  readAhead(): void;
  /** Throws where something is not as it is wanted: it did not take effect, or somebody else changed it. */
  finish(listing?: FirstLook['nft']): Promise<KernelState>;
}

interface SeenRouting {
  readonly text: string;
  readonly seen: KernelState;
  readonly left: readonly Change[];
}

export function openSecondLook(machine: Machine, look: Look, target: KernelState): SecondLook {
  let known: SeenRouting | undefined;
  const read = (texts: readonly RoutingTexts[]): SeenRouting => {
    const text = JSON.stringify(texts);
    if (known?.text === text) return known;
    const seen = readOwnRouting(texts);
    known = { text, seen, left: diffRouting(ownState(seen), target) };
    return known;
  };
  const ask = (): Promise<SeenRouting> => askOwnRouting(machine).then(read);
  return {
    readAhead: () => {
      // Why not is told when it is asked in the end.
      ask().catch(() => undefined);
    },
    finish: async (listing) => {
      // Of the sysctls only those that are wanted have something to say here.
      const sysctls = target.sysctls.map(({ key }) => key);
      const routing = ask();
      const seen = routing.then((one) => one.seen);
      const observed = await observeWith(machine, { ...look, sysctls }, seen, listing);
      const { left } = await routing;
      const [first] = [...left, ...diff(withoutRouting(ownState(observed)), withoutRouting(target))];
      if (first !== undefined)
        throw new StepFailure('looking again after the change', `still to do: ${describeChange(first)}`);
      return observed;
    },
  };
}

function withoutRouting(state: KernelState): KernelState {
  const { policyRules, routes } = EMPTY_STATE;
  return { ...state, policyRules, routes };
}
