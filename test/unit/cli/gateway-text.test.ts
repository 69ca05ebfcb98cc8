import { expect, it } from 'vitest';
import { gatewayText } from '../../../src/cli/format/gateway-text.ts';

const both = ['ipv4', 'ipv6'] as const;

it.each([
  ['192.0.2.1', ['ipv4'], { ipv4: { address: '192.0.2.1' } }],
  ['192.0.2.1, fe80::1', both, { ipv4: { address: '192.0.2.1' }, ipv6: { address: 'fe80::1' } }],
  ['none needed', ['ipv4'], { ipv4: {} }],
  ['none needed', both, { ipv4: {}, ipv6: {} }],
  ['192.0.2.1, ipv6: none needed', both, { ipv4: { address: '192.0.2.1' }, ipv6: {} }],
  ['ipv4: not found, fe80::1', both, { ipv6: { address: 'fe80::1' } }],
  ['not found: left out', ['ipv6'], {}],
  ['not found: left out', both, {}],
] as const)('a gateway that is %s', (text, families, gateways) => {
  expect(gatewayText({ families, gateways })).toBe(text);
});
