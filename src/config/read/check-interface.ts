import type { YamlScalar } from '../yaml-node.ts';
import { type Reading, report } from './reading.ts';

/** The kernel gives no interface these names: in /proc/sys/net they are folders of another meaning. */
const NO_INTERFACES: readonly string[] = ['.', '..', 'all', 'default'];

/** A name of the right shape that no interface can have is reported. */
export function checkInterface(reading: Reading, scalar: YamlScalar, name = scalar.text): void {
  if (NO_INTERFACES.includes(name))
    report(reading, scalar.span, `the kernel gives no interface the name "${name}"`);
}
