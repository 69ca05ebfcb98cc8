import type { HealthSettings } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import type { Family } from '../../net/family.ts';
import type { ProbeResult } from '../event.ts';
import { learnDelay, type Patience, patienceMs } from './patience.ts';
import type { ProbeListener, Prober } from './prober.ts';

/** What one question came to; `silent` is told by `ask` once the profile's timeout is over. */
export type Answer = 'well' | 'silent' | 'bad' | 'portal' | 'unsent';

/** One question; `found` hears the family in which a name was looked up. */
export type Ask = (timeoutMs: number, found: (family: Family) => void) => Promise<Answer>;

/**
 * Asks every interval, on a grid of its own so that no delay adds up. A question that is still open when its patience ends
 * is lost, and un-lost if its answer comes within the timeout.
 */
export function startPeriodic(
  host: Host,
  health: HealthSettings,
  delayMs: number,
  ask: Ask,
  tell: ProbeListener,
): Prober {
  let stopped = false;
  let delay: Patience | undefined;
  let family: Family | undefined;
  let due = host.monotonicMs() + delayMs;
  let cancel = host.after(delayMs, tick);
  const waits = new Set<() => void>();
  function tick(): void {
    const now = host.monotonicMs();
    // After a pause of the machine the grid begins anew, instead of asking for all that was missed.
    due = now - due > health.intervalMs ? now + health.intervalMs : due + health.intervalMs;
    cancel = host.after(Math.max(1, due - now), tick);
    void askOnce(now);
  }
  async function askOnce(startedAt: number): Promise<void> {
    const sentAt = Math.round(startedAt);
    let told = false;
    const forget = host.after(patienceMs(delay, health.timeoutMs), () => {
      waits.delete(forget);
      told = true;
      tell.result(sentAt, { kind: 'lost' }, family);
    });
    waits.add(forget);
    const answer = await ask(health.timeoutMs, (found) => {
      family = found;
    });
    forget();
    waits.delete(forget);
    if (stopped) return;
    const rttMs = host.monotonicMs() - startedAt;
    if (answer === 'well') delay = learnDelay(delay, rttMs);
    const result = resultOf(answer, told, Math.round(rttMs * 10) / 10);
    if (result !== undefined) tell.result(sentAt, result, family);
  }
  return {
    stop: () => {
      stopped = true;
      cancel();
      for (const forget of waits) forget();
    },
  };
}

function resultOf(answer: Answer, told: boolean, rttMs: number): ProbeResult | undefined {
  switch (answer) {
    case 'well':
      return told ? { kind: 'late', rttMs } : { kind: 'answered', rttMs };
    case 'silent':
      return told ? undefined : { kind: 'lost' };
    case 'unsent':
      return { kind: 'error' };
    case 'bad':
    case 'portal':
      return { kind: answer };
  }
}
