import type { Host } from '../../host/host.ts';
import { decide } from '../decide/decide.ts';
import type { Decision, MonitorState } from '../decide/decision.ts';
import type { MonitorEvent } from '../event.ts';

/** What is known now, fed with events and woken when a wait ends. */
export interface Core {
  state(): MonitorState;
  /** From now on waits end by themselves: whoever acts is there. */
  begin(): void;
  tell(event: MonitorEvent): void;
  stop(): void;
}

export function startCore(
  host: Host,
  first: MonitorState,
  act: (decision: Decision, event: MonitorEvent, nowMs: number) => void,
): Core {
  let state = first;
  let cancelWake = (): void => {};
  let wakeAt: number | undefined;
  const wake = (at: number | undefined): void => {
    if (at === wakeAt) return;
    cancelWake();
    wakeAt = at;
    if (at === undefined) return;
    cancelWake = host.after(Math.max(0, at - host.monotonicMs()), () => {
      wakeAt = undefined;
      tell({ kind: 'tick' });
    });
  };
  const tell = (event: MonitorEvent): void => {
    const now = host.monotonicMs();
    const decision = decide(state, event, now);
    state = decision.state;
    wake(decision.wakeAt);
    act(decision, event, now);
  };
  return { state: () => state, begin: () => wake(state.wakeAt), tell, stop: () => cancelWake() };
}
