import type { HealthSettings, Probe } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import type { Mark } from '../../net/mark.ts';

/**
 * What holds a WAN's probes to it. Pings are bound to the interface and carry the mark, whose policy rules lead to the
 * WAN's table or nowhere (kernel-facts 5.6). Sockets are bound to the WAN's own address, which the `from` policy rule
 * sends to the same table or nowhere.
 */
export interface ProbeBinding {
  readonly wan: string;
  readonly interface: string;
  /** Of the interface: `ping -I` never recovers when a device of the same name is another one. */
  readonly ifindex: number;
  readonly mark: Mark;
  readonly families: readonly Family[];
  /** First usable address of each family that is not another WAN's, too. */
  readonly addresses: Readonly<Partial<Record<Family, string>>>;
  /** Null: the device alone leads there. A family that is missing has no way out now. */
  readonly gateways: Readonly<Partial<Record<Family, string | null>>>;
  readonly probes: readonly Probe[];
  readonly health: HealthSettings;
}

/** Whether probes that run under `a` may go on under `b`. */
export function sameBinding(a: ProbeBinding, b: ProbeBinding): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
