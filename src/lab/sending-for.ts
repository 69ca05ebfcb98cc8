import type { ExpectedExit } from './expected.ts';
import type { Sending } from './send-flow.ts';

/** A connection that is to be answered: two SYN retries (after 1 s and 2 s) still fit on a machine under load. */
const ANSWER_MS = 3500;
/** A connection that is to be refused: without latency the first refusal comes before IPv6 listens, the second after 1 s. */
const REFUSAL_MS = 2500;
/** A connection that is to vanish: its answer would come within milliseconds, its refusal in IPv6 after 1 s as well. */
const VANISHING_MS = 1500;
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
