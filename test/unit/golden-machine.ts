import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Site } from '../../src/config/site.ts';
import type { Address, Link, Route } from '../../src/kernel/routing.ts';
import { EMPTY_STATE, type KernelState } from '../../src/kernel/state.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import type { Health } from '../../src/plan/plan.ts';

/** The machine a golden folder is compiled for. */
export interface Machine {
  readonly facts: KernelState;
  readonly health: Health;
}

/** `machine.yaml`, in words of ip(8): every key may be left out. */
interface Written {
  /** `wan0`, `wan1 down`, `ppp0 point-to-point`; left out: those of the site, up. */
  readonly links?: readonly string[];
  /** `wan0 192.0.2.2/24` */
  readonly addresses?: readonly string[];
  /** Of table main: `default via 192.0.2.1 dev wan0 metric 100 mtu 1300`, `unreachable 2001:db8::/56`. */
  readonly routes?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string | number>>;
  /** WANs that are down. */
  readonly down?: readonly string[];
}

export function readMachine(folder: string, site: Site): Machine {
  const written: Written = readdirSync(folder).includes('machine.yaml')
    ? (load(readFileSync(join(folder, 'machine.yaml'), 'utf8')) as Written)
    : {};
  const inside = site.lan.map((name) => name.replace(/\+$/, '0'));
  const links = written.links ?? [...new Set([...site.wans.map((wan) => wan.interface), ...inside])];
  const facts = {
    ...EMPTY_STATE,
    links: links.map(link),
    addresses: (written.addresses ?? []).map(address),
    routes: (written.routes ?? []).map(route),
    sysctls: Object.entries(written.sysctls ?? {}).map(([key, value]) => ({ key, value: String(value) })),
  };
  return { facts, health: Object.fromEntries((written.down ?? []).map((wan) => [wan, 'down'])) };
}

function link(text: string, at: number): Link {
  const [name = '', word] = text.split(' ');
  const up = word !== 'down';
  return { index: at + 2, name, up, carrier: up, mtu: 1500, pointToPoint: word === 'point-to-point' };
}

function address(text: string): Address {
  const [device = '', prefix] = text.split(' ');
  const { family, address: host, length } = prefixOf(prefix);
  return { device, family, address: host, length, scope: 0 };
}

function route(text: string): Route {
  const found =
    /^(unreachable )?(\S+)(?: via (\S+))?(?: dev (\S+))?(?: metric (\d+))?(?: (mtu (?:lock )?\d+))?$/.exec(
      text,
    );
  if (found === null) throw new Error(`machine.yaml: no route: ${text}`);
  const [, unreachable, to = '', via, device, metric, mtu] = found;
  const family = `${to} ${via ?? ''}`.includes(':') ? 'ipv6' : 'ipv4';
  const any = family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  return {
    family,
    table: 254,
    type: unreachable === undefined ? 'unicast' : 'unreachable',
    destination: prefixOf(to === 'default' ? any : to),
    metric: Number(metric ?? 0),
    // RTPROT_DHCP
    protocol: 16,
    hops: device === undefined ? [] : [via === undefined ? { device } : { gateway: via, device }],
    ...(mtu === undefined ? {} : { attributes: mtu }),
  };
}

function prefixOf(text = '') {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`machine.yaml: no prefix: ${text}`);
  return prefix;
}
