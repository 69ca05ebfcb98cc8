import { sysctlKey } from '../kernel/sysctl-key.ts';
import type { Family } from '../net/family.ts';
import type { StateIndex } from './index-state.ts';

/** What a setting of a device, of `all` or of `default` is. */
export function deviceSysctl(
  index: StateIndex,
  family: Family,
  device: string,
  name: string,
): string | undefined {
  return index.sysctl(sysctlKey(family, device, name));
}

/** On for all or for the device (IN_DEV_ORCONF); what the state does not say is off. */
export function isOnFor(index: StateIndex, device: string, name: string): boolean {
  return ['all', device].some((of) => Number(deviceSysctl(index, 'ipv4', of, name) ?? 0) > 0);
}
