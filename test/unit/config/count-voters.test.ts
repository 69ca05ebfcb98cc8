import { expect, it } from 'vitest';
import { countVoters } from '../../../src/config/read/count-voters.ts';
import type { Probe } from '../../../src/config/site.ts';

const origin = { file: 'fiber.yaml', line: 1, span: { file: 'fiber.yaml', start: 0, end: 0 } };
const ping = (target: string): Probe => ({ kind: 'ping', target, origin });
const tcp = (host: string): Probe => ({ kind: 'tcp', host, port: 443, origin });
const http = (url: string): Probe => ({ kind: 'http', url, expect: 200, origin });
const command: Probe = { kind: 'command', command: ['true'], origin };
const arp: Probe = { kind: 'arp', origin };

it.each<[string, readonly Probe[], { most: number; apart: boolean }]>([
  ['of one family all', [ping('192.0.2.1'), tcp('192.0.2.2'), arp], { most: 2, apart: false }],
  ['the gateway where nothing else is asked', [arp], { most: 1, apart: false }],
  [
    'of two families those of the larger',
    [ping('192.0.2.1'), ping('192.0.2.2'), http('http://[2001:db8::1]/')],
    { most: 2, apart: true },
  ],
  ['a command for both', [ping('192.0.2.1'), ping('2001:db8::1'), command], { most: 2, apart: true }],
  [
    'a name for either, but a ping for the first',
    [ping('a.example'), tcp('b.example')],
    { most: 2, apart: false },
  ],
  [
    'a name for both where they are apart',
    [ping('a.example'), ping('2001:db8::1'), tcp('b.example')],
    { most: 2, apart: true },
  ],
])('for a quorum there count %s', (_, probes, expected) => {
  expect(countVoters(probes, 0, ['ipv4', 'ipv6'])).toEqual(expected);
  expect(countVoters(probes, 1, ['ipv4', 'ipv6']).most).toBeGreaterThan(expected.most - 1);
});
