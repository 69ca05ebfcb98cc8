import { describe, expect, it } from 'vitest';
import { sayNotice } from '../../../src/cli/monitor/say-notice.ts';
import { healPace } from '../../../src/monitor/loop/heal-pace.ts';

const CHANGES = [
  { kind: 'sysctl', key: 'net.ipv4.ip_forward', before: undefined, after: undefined },
] as const;

/** What is said of each of so many repairs, a second apart. */
function repairs(count: number): readonly string[] {
  const pace = healPace();
  return Array.from({ length: count }, (_, at) => {
    const now = at * 1000;
    pace.made(now);
    const [times, pauseMs] = [pace.recent(now), pace.waitMs(now)];
    return sayNotice({ kind: 'healed', changes: CHANGES, times, pauseMs }).text;
  });
}

describe('a repair in the log', () => {
  it('says how often there was one, and from when on the next one waits', () => {
    const [first, second, , fourth] = repairs(4);
    expect(first).not.toContain('times');
    expect(second).toMatch(/; 2 times within a minute$/);
    expect(fourth).toMatch(/; 4 times within a minute, so that the next repair waits 2 s$/);
  });

  it('names who changed a ruleset last where that is known', () => {
    const notice = { kind: 'healed', changes: CHANGES, times: 1, pauseMs: 0, by: 'nft (pid 7)' } as const;
    expect(sayNotice(notice).text).toMatch(/; the last to change rulesets was nft \(pid 7\)$/);
  });
});
