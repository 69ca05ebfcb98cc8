import type { HealthSettings } from '../../config/site.ts';
import { LEAST_PATIENCE_MS, learnDelay, type Patience, patienceMs } from './patience.ts';
import type { PingLine } from './ping-line.ts';
import type { ProbeListener } from './prober.ts';

export type PingLedgerSettings = Pick<HealthSettings, 'intervalMs' | 'timeoutMs' | 'fall' | 'rise'>;

/** Which echo requests one `ping` has sent, and what became of each. */
export interface PingLedger {
  /** Before `now` is settled: answers come first. */
  line(line: PingLine, writtenAt: number): void;
  /** ping says that it could not send. */
  unsent(now: number): void;
  /** Tells what is lost by now; gives when lines are to be looked at again. */
  settle(now: number): NextLook;
}

export interface NextLook {
  /** Not before: there is nothing to be concluded yet. */
  readonly from: number;
  /** No later than this. */
  readonly at: number;
}

/**
 * So long a loss can be made up for. Beyond the timeout, too: a slow line answers all the same, and is judged by its delay
 * (`health.rtt`); the fullest queues hold packets for seconds.
 */
const LATE_MS = 10_000;

/**
 * What is well is looked at when it could be `fall` misses from being ill, but so often at least: what is shown of it is as
 * old. And hear.ts takes a loss that is told much later than this for one of the machine.
 */
const CALM_MS = 1000;

/** So often ping is asked for its first word, and for one that is overdue. */
const WAITING_MS = 100;

/** The kernel lets long pauses end together, up to an eighth late: 10 s become 10.24 s. */
const ROUNDING = 9 / 8;

/** icmp_seq is 16 bits wide. */
const SEQUENCES = 65_536;

/**
 * ping tells of a miss one interval late and never says when it sends. So the time of each request is reckoned: a reply says
 * it exactly (now less its delay), "no answer yet" says that the next request goes out now, and between the two the pace
 * seen so far does (`-i 0.2` is really 204 ms). A loss is told by the clock, but at most one request beyond those known to
 * be sent: a ping that was stopped loses nothing.
 */
export function pingLedger(settings: PingLedgerSettings, startedAt: number, tell: ProbeListener): PingLedger {
  // The slowest that ping may be, less the patience that is added anyway: what ping has not sent yet is not lost.
  let pace = Math.max(settings.intervalMs, settings.intervalMs * ROUNDING - LEAST_PATIENCE_MS);
  /** The latest request whose time is known; ping counts from 1, and the first line says when it really began. */
  let known = { sequence: 1, sentAt: startedAt };
  let guessed = true;
  /** The first request whose fate is open. */
  let open = 1;
  const done = new Set<number>();
  /** Told as lost, with the time it was told by: a late answer names the same. */
  const lost = new Map<number, number>();
  let delay: Patience | undefined;
  /** Answers since the last loss. */
  let inRow = 0;

  const sentAt = (sequence: number): number => Math.round(known.sentAt + (sequence - known.sequence) * pace);
  const know = (sequence: number, at: number): void => {
    if (sequence <= known.sequence && !guessed) return;
    if (!guessed) {
      const seen = (at - known.sentAt) / (sequence - known.sequence);
      // Slow to learn, and never beyond what a busy machine does to a timer.
      const bounded = Math.min(Math.max(seen, settings.intervalMs), settings.intervalMs * 1.5);
      pace += (bounded - pace) / 8;
    }
    guessed = false;
    known = { sequence, sentAt: at };
  };
  const finish = (sequence: number): void => {
    done.add(sequence);
    while (done.delete(open)) open += 1;
  };
  const tellLost = (sequence: number, at: number): void => {
    inRow = 0;
    lost.set(sequence, at);
    for (const old of lost.keys()) if (at - (lost.get(old) ?? 0) > LATE_MS) lost.delete(old);
    finish(sequence);
    tell.result(at, { kind: 'lost' });
  };
  const isOpen = (sequence: number): boolean => sequence >= open && !done.has(sequence);

  return {
    line: (line, now) => {
      const sequence = unwrap(line.sequence, known.sequence);
      switch (line.kind) {
        case 'silence':
          return know(sequence + 1, now);
        case 'unreachable':
          if (isOpen(sequence)) tellLost(sequence, sentAt(sequence));
          return;
        case 'reply': {
          const late = lost.get(sequence);
          know(sequence, now - line.rttMs);
          delay = learnDelay(delay, line.rttMs);
          if (late !== undefined) {
            lost.delete(sequence);
            tell.result(late, { kind: 'late', rttMs: line.rttMs });
          } else if (isOpen(sequence)) {
            finish(sequence);
            inRow += 1;
            tell.result(Math.round(now - line.rttMs), { kind: 'answered', rttMs: line.rttMs });
          }
        }
      }
    },
    unsent: (now) => {
      const sequence = Math.max(open, known.sequence + Math.round((now - known.sentAt) / pace));
      while (open < sequence) finish(open);
      finish(sequence);
      inRow = 0;
      tell.result(Math.round(now), { kind: 'error' });
    },
    settle: (now) => {
      const patience = patienceMs(delay, settings.timeoutMs);
      while (open <= known.sequence + 1) {
        const at = sentAt(open);
        const due = at + patience;
        if (due <= now) tellLost(open, at);
        else if (delay === undefined) return lookAt(Math.min(due, now + WAITING_MS));
        else if (inRow < settings.rise) return lookAt(due);
        else return { from: due, at: Math.max(due, at + Math.min((settings.fall - 1) * pace, CALM_MS)) };
      }
      // Only ping can tell more, and it may still have the late answer to a request that was told as lost.
      return lookAt(now + Math.max(Math.min(settings.intervalMs, CALM_MS), WAITING_MS));
    },
  };
}

function lookAt(at: number): NextLook {
  return { from: at, at };
}

/** The full number of a request that is near `near`. */
function unwrap(sequence: number, near: number): number {
  const base = near - (near % SEQUENCES) + sequence;
  if (base - near > SEQUENCES / 2) return base - SEQUENCES;
  return near - base > SEQUENCES / 2 ? base + SEQUENCES : base;
}
