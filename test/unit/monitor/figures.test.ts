import { describe, expect, it } from 'vitest';
import { monitorStatus } from '../../../src/monitor/control/monitor-status.ts';
import { decide } from '../../../src/monitor/decide/decide.ts';
import { NO_MEMORY, start } from '../../../src/monitor/decide/start.ts';
import type { ProbeResult } from '../../../src/monitor/event.ts';
import { metricsText } from '../../../src/monitor/metrics/metrics.ts';
import { compile } from '../../../src/plan/compile.ts';
import { machineWith, ORIGIN, samplePolicy, sampleSite, sampleWan } from '../plan/sample-site.ts';

const SITE = sampleSite({
  wans: [sampleWan('fiber', { probes: [{ kind: 'tcp', host: '203.0.113.9', port: 443, origin: ORIGIN }] })],
  policies: [samplePolicy('balanced', { fiber: 1 })],
});
const PLAN = compile(SITE, machineWith('wan0'), {
  backend: 'nftables',
  health: {},
  allocation: { slots: {} },
});

/** What is shown after the probe came to this, one question each second. */
function after(results: readonly ProbeResult['kind'][]) {
  let state = start(SITE, NO_MEMORY, 0);
  for (const kind of results) {
    const result = kind === 'answered' || kind === 'late' ? { kind, rttMs: 20 } : { kind };
    const sentAt = state.now + 980;
    state = decide(state, { kind: 'probe', wan: 'fiber', probe: 0, sentAt, result }, sentAt + 20).state;
  }
  return monitorStatus({ state, plan: PLAN, transitions: [], pid: 42, sinceMs: 0, wallOf: (at) => at });
}

describe('figures of a probe', () => {
  const answered = Array<'answered'>(5).fill('answered');
  const unmeasured = Array<'error'>(5).fill('error');

  it.each([
    ['nothing yet', []],
    ['nothing that could be asked', unmeasured],
    ['nothing that could be asked of late', [...answered, ...unmeasured]],
  ] as const)('are not shown when it has measured %s', async (_, results) => {
    const status = after(results);
    const [probe] = status.wans[0]?.probes ?? [];
    expect(Object.keys(probe ?? {})).toEqual(['probe', 'verdict', 'history']);
    const metrics = await metricsText(status);
    expect(metrics).not.toMatch(/^polywan_probe_\w+\{/m);
    expect(metrics).toMatch(/^polywan_wan_used\{/m);
  });

  it('are shown as soon as there are some', async () => {
    expect(after(answered).wans[0]?.probes).toMatchObject([{ lossPercent: 0, rttMs: 20, jitterMs: 0 }]);
    expect(await metricsText(after(answered))).toMatch(/^polywan_probe_loss_ratio\{.*\} 0$/m);
  });
});
