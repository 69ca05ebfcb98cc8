import { describe, expect, it } from 'vitest';
import { logOf } from '../../../src/cli/monitor/log-of.ts';
import type { MonitorStatus } from '../../../src/monitor/control/monitor-status.ts';

const UP = { kind: 'transition', transition: { wan: 'fiber', from: 'down', to: 'up', at: 0 } } as const;

function statusWith(...histories: readonly string[]): MonitorStatus {
  const probes = histories.map((history) => ({ probe: 'ping', verdict: 'well', lossPercent: 0, history }));
  return { wans: [{ name: 'fiber', probes }] } as unknown as MonitorStatus;
}

describe('a transition in the log', () => {
  it.each([
    ['of the probe that has been ill the longest', ['..!!', '!..!', '....'], '..!!'],
    ['of those that were heard, where another was not yet', ['?', '...'], '...'],
    ['not at all before any was heard', ['?', '?'], undefined],
  ])('shows the history %s', (_, histories, shown) => {
    expect(logOf(UP, 0, statusWith(...histories)).history).toBe(shown);
  });
});
