import * as z from 'zod/mini';
import { MAX_WINDOW_SAMPLES } from '../defaults.ts';
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
    interval: optional(
      duration(),
      'Time between two probes of one target; at least 10ms. 10s where the WAN is metered.',
      { default: '500ms' },
    ),
    timeout: optional(
      duration(),
      'How long an answer may take at most before the probe counts as lost: less where answers were quick until now. One that comes later still makes up for the loss. 3s where the WAN is metered.',
      { default: '1s' },
    ),
    fall: optional(
      whole(1, 1000),
      'Lost probes in a row that make a probe ill. 3 where the WAN is metered.',
      { default: 4 },
    ),
    rise: optional(
      whole(1, 1000),
      'Answers in a row that make a probe well again. 3 where the WAN is metered.',
      { default: 10 },
    ),
    quorum: optional(
      whole(1, 1000),
      'How many of the probes must be well, in each family that has probes of its own. With fewer the WAN is down; with as many, while another is ill, it is degraded, which is shown and changes nothing.',
      { default: 1 },
    ),
    window: optional(
      duration(),
      `Span of time that loss and rtt look back. 5m where the WAN is metered; longer where 20 intervals and a timeout take longer, so that one lost probe is no outage. At least one interval, and at most ${MAX_WINDOW_SAMPLES} of them.`,
      { default: '30s' },
    ),
  };
}

/** What keeps a WAN that is well again out of use. A policy without another member uses it all the same. */
function restraintKeys() {
  return {
    hold: optional(duration(), 'How long a WAN that went down stays down at least.', { default: 0 }),
    damping: optional(
      orOff(
        'a mapping with half_life and limit',
        mapping('a mapping with half_life and limit', {
          half_life: optional(duration(), 'In this time half of the failures are forgotten.', {
            default: '5m',
          }),
          limit: optional(
            duration(),
            'The longest that a WAN which is well again stays down; not shorter than half_life.',
            { default: '30m' },
          ),
        }),
      ),
      'A WAN that keeps failing stays down, after its third failure within a half-life and the longer the more there are. off lets it flap.',
      { default: { half_life: '5m', limit: '30m' } },
    ),
  };
}

export function healthSchema() {
  return mapping(
    'a mapping with interval, timeout, fall, rise, quorum, window, loss, rtt, hold, damping and initial',
    {
      ...countKeys(),
      loss: optional(
        orOff(
          'a mapping with down and up',
          mapping('a mapping with down and up', {
            down: optional(percent(), 'Loss that makes a WAN down.', { default: '40%' }),
            up: optional(percent(), 'Loss at or below which a WAN may be up again; lower than down.', {
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
            up: optional(duration(), 'Mean delay at or below which a WAN may be up again; lower than down.', {
              default: '500ms',
            }),
          }),
        ),
        'Mean delay of the answers within the window. Between the two thresholds nothing changes; off judges no delay.',
        { default: { down: '1s', up: '500ms' } },
      ),
      ...restraintKeys(),
      initial: optional(
        words(['unknown', 'up', 'down']),
        'Health before the first verdict. unknown moves nothing: it counts as up.',
        { default: 'unknown' },
      ),
    },
  );
}
