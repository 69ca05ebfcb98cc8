import * as z from 'zod/mini';
import { expecting, mapping, optional } from './key.ts';
import { duration, percent, whole, words } from './leaf.ts';

/** A threshold pair, or off. YAML 1.1 reads a bare off as false. */
function orOff<S extends z.core.$ZodType>(phrase: string, pair: S) {
  return expecting(`${phrase}, or off`, (error) =>
    z.union([pair, z.enum(['off'], error), z.literal(false, error)], error),
  );
}

function countKeys() {
  return {
    interval: optional(duration(), 'Time between two probes of one target; at least 10ms.', {
      default: '500ms',
    }),
    timeout: optional(duration(), 'How long an answer may take before the probe counts as lost.', {
      default: '1s',
    }),
    fall: optional(whole(1, 1000), 'Lost probes in a row that make a WAN down.', { default: 4 }),
    rise: optional(whole(1, 1000), 'Answers in a row that make a WAN up.', { default: 10 }),
    quorum: optional(whole(1, 1000), 'How many of the probes must be well for the WAN to be well.', {
      default: 1,
    }),
    window: optional(duration(), 'Span of time that loss and rtt look back.', { default: '30s' }),
  };
}

export function healthSchema() {
  return mapping('a mapping with interval, timeout, fall, rise, quorum, window, loss, rtt and initial', {
    ...countKeys(),
    loss: optional(
      orOff(
        'a mapping with down and up',
        mapping('a mapping with down and up', {
          down: optional(percent(), 'Loss that makes a WAN down.', { default: '40%' }),
          up: optional(percent(), 'Loss below which a WAN may be up again; lower than down.', {
            default: '10%',
          }),
        }),
      ),
      'Loss within the window. Between the two thresholds nothing changes; off judges no loss.',
      { default: { down: '40%', up: '10%' } },
    ),
    rtt: optional(
      orOff(
        'a mapping with down and up',
        mapping('a mapping with down and up', {
          down: optional(duration(), 'Mean delay that makes a WAN down.', { default: '1s' }),
          up: optional(duration(), 'Mean delay below which a WAN may be up again; lower than down.', {
            default: '500ms',
          }),
        }),
      ),
      'Mean delay of the answers within the window. Between the two thresholds nothing changes; off judges no delay.',
      { default: { down: '1s', up: '500ms' } },
    ),
    initial: optional(
      words(['unknown', 'up', 'down']),
      'Health before the first verdict. unknown moves nothing: it counts as up.',
      { default: 'unknown' },
    ),
  });
}
