import type { ExpectedExit } from './expected.ts';
import type { Sending } from './send-flow.ts';

/**
 * A connection that is to be answered, as it is at once: the wait is long only where it is lost. Three SYN retries (after
 * 1 s, 3 s and 7 s) still fit, and a machine that stands still for some seconds.
 */
export const ANSWER_MS = 10_000;
/**
 * A connection that is to be refused: without latency the first refusal comes before IPv6 listens, the second after 1 s, and
 * the third after 3 s.
 */
const REFUSAL_MS = 4500;
/**
 * A connection that is to vanish: its answer would come within milliseconds, its refusal in IPv6 after 1 s as well, and not
 * even a machine that stands still for a second or two is to miss it.
 */
const VANISHING_MS = 3500;
/** A connection that has nowhere to go, refused or not. */
const SILENCE_MS = 600;

/** How a flow is sent of which this is expected; `count` connections where it is to leave by a WAN. */
export function sendingFor(expected: ExpectedExit, count: number): Sending {
  switch (expected.kind) {
    case 'wans':
      return { count, timeoutMs: ANSWER_MS };
    case 'main':
      return {
        count: 1,
        timeoutMs: expected.wan === undefined || expected.cut === true ? SILENCE_MS : ANSWER_MS,
      };
    case 'unreachable':
      return { count: 1, timeoutMs: REFUSAL_MS };
    case 'blackhole':
      return { count: 1, timeoutMs: VANISHING_MS };
  }
}
