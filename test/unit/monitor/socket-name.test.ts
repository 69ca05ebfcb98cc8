import { describe, expect, it } from 'vitest';
import { refuseLongSocket } from '../../../src/monitor/control/serve.ts';
import { fakeHost } from './fake-host.ts';

const under = (stateDir: string) =>
  fakeHost({ env: () => stateDir, resolvePath: (...parts) => parts.join('/') });

describe('the name of the monitor’s socket', () => {
  it('has room in a state directory of 94 bytes, and not of 95: letters may be two', () => {
    expect(() => refuseLongSocket(under('/'.padEnd(94, 'd')))).not.toThrow();
    expect(() => refuseLongSocket(under('/'.padEnd(95, 'd')))).toThrow(
      /has 107 bytes at most, this one 108; POLYWAN_STATE_DIR must name a shorter place/,
    );
    expect(() => refuseLongSocket(under('/'.padEnd(94, 'ä')))).toThrow(/this one 200;/);
  });
});
