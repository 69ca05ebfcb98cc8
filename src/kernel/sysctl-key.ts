import type { Family } from '../net/family.ts';

/** The key of a device's setting, of `all` or of `default`. */
export function sysctlKey(family: Family, device: string, name: string): string {
  return `net.${family}.conf.${sysctlDevice(device)}.${name}`;
}

/** A device's name inside a key; sysctl(8) has a slash there for a dot. */
export function sysctlDevice(device: string): string {
  return device.replaceAll('.', '/');
}
