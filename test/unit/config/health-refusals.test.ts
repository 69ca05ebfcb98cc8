import { refusesInProfile } from './refuses.ts';

refusesInProfile([
  [
    'keys that are not indented',
    'health:\ninterval: 1s\nloss: off',
    '3:7: expected a mapping with interval, timeout, fall, rise, quorum, window, loss, rtt, hold, damping and initial, not nothing: indent what belongs to it',
  ],
  [
    'no keys',
    'health:',
    '3:7: expected a mapping with interval, timeout, fall, rise, quorum, window, loss, rtt, hold, damping and initial, not nothing',
  ],
  ['an interval under 10 ms', 'health: { interval: 9ms }', '3:21: an interval under 10ms keeps a core busy'],
  ['a timeout of 0', 'health: { timeout: 0 }', '3:20: a timeout of 0 loses every probe'],
  [
    'a number without a unit',
    'health: { timeout: 1 }',
    '3:20: expected a duration such as 500ms, 10s or 10m, not "1"',
  ],
  [
    'a number in quotes',
    'health: { fall: "4" }',
    '3:18: expected a whole number from 1 to 1000, not "4": write it without quotes',
  ],
  [
    'a number in quotes that begins with a zero',
    'health: { fall: "04" }',
    '3:18: expected a whole number from 1 to 1000, not "04"',
  ],
  [
    'durations with a blank, a capital or another unit',
    'health: { interval: 500 ms, timeout: 5S, window: 1 M 30 s, hold: 5sec }',
    '3:21: expected a duration such as 500ms, 10s or 10m, not "500 ms" (500ms)',
    '3:38: expected a duration such as 500ms, 10s or 10m, not "5S" (5s)',
    '3:50: expected a duration such as 500ms, 10s or 10m, not "1 M 30 s" (1m30s)',
    '3:66: expected a duration such as 500ms, 10s or 10m, not "5sec"',
  ],
  [
    'a quorum that cannot be met',
    'probes: [{ ping: 203.0.113.1 }]\nhealth: { quorum: 2 }',
    '4:19: a quorum of 2 cannot be met by 1 probe',
  ],
  [
    'equal loss thresholds',
    'health: { loss: { down: 10%, up: 10% } }',
    '3:34: loss: up must be lower than down',
  ],
  [
    'a loss threshold under the default of the other',
    'health: { loss: { down: 5% } }',
    '3:25: loss: up must be lower than down',
  ],
  [
    'rtt thresholds the wrong way round',
    'health: { rtt: { down: 100ms, up: 2s } }',
    '3:35: rtt: up must be lower than down',
  ],
  [
    'a percentage without its sign',
    'health: { loss: { down: 40 } }',
    '3:25: expected a percentage such as 40%, not "40" (40%)',
  ],
  [
    'a quoted percentage without its sign, and one that stands apart from it',
    'health: { loss: { down: "40", up: 10 % } }',
    '3:26: expected a percentage such as 40%, not "40" (40%)',
    '3:35: expected a percentage such as 40%, not "10 %" (10%)',
  ],
  [
    'a percentage above 100',
    'health: { loss: { down: 101%, up: 101 } }',
    '3:25: expected a percentage such as 40%, not "101%"',
    '3:35: expected a percentage such as 40%, not "101"',
  ],
  [
    'an unknown first health',
    'health: { initial: unkown }',
    '3:20: expected unknown, up or down, not "unkown" (unknown)',
  ],
  [
    'a window without a probe in it',
    'health: { interval: 10s, window: 5s }',
    '3:34: a window shorter than the interval holds no probe',
  ],
  [
    'a window with too many probes in it',
    'health: { interval: 10ms, window: 1m }',
    '3:35: a window holds at most 4096 probes: 40960ms at this interval',
  ],
  [
    'a quorum that no family can meet',
    'families: both\nprobes: [{ ping: 203.0.113.1 }, { ping: "2001:db8::1" }]\nhealth: { quorum: 2 }',
    '5:19: a quorum of 2 cannot be met by the 1 probe of either family: they are judged apart',
  ],
  [
    'a quorum that only the gateway could meet',
    'probes: [{ arp: yes }, { ping: 203.0.113.1 }]\nhealth: { quorum: 2 }',
    '4:19: a quorum of 2 cannot be met by 1 probe',
  ],
  [
    'a hold without a unit',
    'health: { hold: 5 }',
    '3:17: expected a duration such as 500ms, 10s or 10m, not "5"',
  ],
  [
    'a half-life of 0',
    'health: { damping: { half_life: 0 } }',
    '3:33: a half-life of 0 forgets at once: write damping: off',
  ],
  [
    'a damping that ends before half of it is forgotten',
    'health: { damping: { half_life: 1h } }',
    '3:33: damping: limit must not be shorter than half_life',
  ],
  [
    'a word for damping',
    'health: { damping: of }',
    '3:20: expected a mapping with half_life and limit, or off, not "of" (off)',
  ],
]);
