import { nearest } from '../config/nearest.ts';
import type { Host } from '../host/host.ts';
import type { Family } from '../net/family.ts';
import type { IptablesFrontend } from './change.ts';
import { findProgram } from './find-program.ts';
import { missingProgram } from './pipe.ts';
import { Refusal } from './refusal.ts';
import { WrongVariable } from './wrong-variable.ts';

const CHOICES = ['iptables', 'iptables-nft', 'iptables-legacy'];

/** The front end the user names by POLYWAN_IPTABLES, else the one `iptables` leads to on this machine. */
export function iptablesFrontend(host: Host): IptablesFrontend {
  const named = host.env('POLYWAN_IPTABLES') ?? '';
  const name = named === '' ? 'iptables' : named;
  if (!CHOICES.includes(name)) {
    const near = nearest(name, CHOICES);
    const cure = near === undefined ? `known are ${CHOICES.join(', ')}` : `did you mean ${near}?`;
    throw new WrongVariable('POLYWAN_IPTABLES', name, cure);
  }
  const found = findProgram(host, name);
  if (found === undefined) throw new Refusal(missingProgram(name));
  // Debian's link ends at xtables-nft-multi or xtables-legacy-multi; before 1.8 there was only the legacy one.
  return found.realPath.includes('nft') ? 'iptables-nft' : 'iptables-legacy';
}

/** `ip6tables-nft-save` and its siblings. */
export function iptablesProgram(
  frontend: IptablesFrontend,
  family: Family,
  verb: 'save' | 'restore',
): string {
  const stem = family === 'ipv4' ? 'iptables' : 'ip6tables';
  return `${stem}${frontend.slice('iptables'.length)}-${verb}`;
}

/** The front ends whose programs are on this machine. */
export function installedFrontends(host: Host): readonly IptablesFrontend[] {
  const all: readonly IptablesFrontend[] = ['iptables-nft', 'iptables-legacy'];
  return all.filter((frontend) => findProgram(host, frontend) !== undefined);
}

/** Names of the iptables-legacy tables that are loaded, which needs none of its programs. */
export function loadedLegacyTables(host: Host): string {
  const names = (host.readFile('/proc/net/ip_tables_names') ?? '').split('\n');
  return names
    .filter((name) => name !== '')
    .sort()
    .join(', ');
}
