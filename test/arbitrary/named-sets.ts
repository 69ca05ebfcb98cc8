import fc from 'fast-check';
import { number, string } from '../../src/kernel/expression.ts';
import type { NamedSet } from '../../src/kernel/netfilter.ts';
import { device, port, prefix, v4, v4Prefix } from './conditions.ts';

/** Chains of random tables that a rule may go to. */
export const TARGETS = ['wan_a', 'wan_b', 'last'] as const;

export const goto = fc.constantFrom(...TARGETS).map((chain) => ({ kind: 'goto', chain }) as const);

export const sets: fc.Arbitrary<readonly NamedSet[]> = fc
  .record({
    slots: fc.array(goto, { minLength: 4, maxLength: 4 }),
    inside: fc.uniqueArray(v4Prefix, { maxLength: 6, selector: (one) => one.address }),
    forwards: fc.uniqueArray(fc.tuple(fc.constantFrom('tcp', 'udp'), port, v4, port), {
      maxLength: 6,
      selector: ([protocol, from]) => `${protocol} ${from}`,
    }),
    devices: fc.uniqueArray(device),
    clients: fc.uniqueArray(v4, { maxLength: 3 }),
  })
  .map(({ slots, inside, forwards, devices, clients }) => [
    {
      name: 'slots4',
      kind: 'map',
      key: ['integer'],
      value: ['verdict'],
      typeof: 'numgen inc mod 4',
      flags: [],
      elements: slots.map((verdict, at) => ({ key: number(at), value: { kind: 'verdict', verdict } })),
    },
    {
      name: 'inside4',
      kind: 'set',
      key: ['ipv4_addr'],
      flags: ['interval'],
      elements: inside.map((one) => ({ key: prefix(one) })),
    },
    {
      name: 'lan_devices',
      kind: 'set',
      key: ['ifname'],
      flags: ['interval'],
      elements: devices.map((one) => ({ key: string(one) })),
    },
    {
      name: 'forwards',
      kind: 'map',
      key: ['inet_proto', 'inet_service'],
      value: ['ipv4_addr', 'inet_service'],
      flags: [],
      elements: forwards.map(([protocol, from, to, toPort]) => ({
        key: { kind: 'concat', parts: [string(protocol), number(from)] },
        value: { kind: 'concat', parts: [string(to), number(toPort)] },
      })),
    },
    {
      name: 'sticky4',
      kind: 'set',
      key: ['ipv4_addr'],
      flags: ['dynamic', 'timeout'],
      timeoutMs: 600_000,
      size: 65535,
      elements: clients.map((one) => ({ key: string(one), expiresMs: 303_000 })),
    },
  ]);
