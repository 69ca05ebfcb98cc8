import { describe, expect, it } from 'vitest';
import { strictRpFilter } from '../../../../src/lint/checks/strict-rp-filter.ts';
import { findings, messages } from '../machine-of.ts';
import { ROUTER } from './router.ts';

describe('strict-rp-filter', () => {
  const strict = (text: string) => messages(strictRpFilter, { ...ROUTER, 'sysctl.conf': text });

  it('finds replies dropped on the marked uplink, at the line that is strict', () => {
    const text = 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.wan1.rp_filter = 1\n';
    const [finding] = findings(strictRpFilter, { ...ROUTER, 'sysctl.conf': text });
    expect(finding?.message).toBe('rp_filter=1 drops replies that come in by wan1: the way back is by wan0');
    expect(text.slice(finding?.span.start, finding?.span.end)).toBe('net.ipv4.conf.wan1.rp_filter = 1');
  });

  it('takes the higher of all and the interface, and is silent with src_valid_mark and a restored mark', () => {
    expect(strict('net.ipv4.conf.all.rp_filter = 1\n')).toHaveLength(1);
    expect(strict('net.ipv4.conf.all.rp_filter = 1\nnet.ipv4.conf.wan1.rp_filter = 2\n')).toEqual([]);
    expect(strict('net.ipv4.conf.all.rp_filter = 1\nnet.ipv4.conf.all.src_valid_mark = 1\n')).toEqual([]);
    expect(strict('net.ipv4.conf.wan0.rp_filter = 1\n')).toEqual([]);
  });
});
