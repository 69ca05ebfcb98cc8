import { expect, it } from 'vitest';
import { gatewayText } from '../../../src/cli/format/gateway-text.ts';

it.each([
  ['192.0.2.1', 'ipv4', { ipv4: { address: '192.0.2.1' }, ipv6: {} }],
  ['fe80::1', 'ipv6', { ipv6: { address: 'fe80::1' } }],
  ['none needed', 'ipv6', { ipv4: { address: '192.0.2.1' }, ipv6: {} }],
  ['not found: left out', 'ipv4', { ipv6: { address: 'fe80::1' } }],
] as const)('a gateway that is %s', (text, family, gateways) => {
  expect(gatewayText({ gateways }, family)).toBe(text);
});
