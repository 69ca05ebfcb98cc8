import type { KernelState } from '../../kernel/state.ts';

/** What flows are followed in. */
export function relevantState(state: KernelState): KernelState {
  return state;
}
