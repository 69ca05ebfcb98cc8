import type { Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Given } from '../../lint/machine.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import type { LintFile } from './lint-file.ts';

/**
 * Which parts of a machine these files tell. `listed` is what listings say; `state` has what scripts and the settings add
 * to it. Those tell of all policy rules they want, but of the routes only those beside the main table's.
 */
export function givenBy(files: readonly LintFile[], listed: KernelState, state: KernelState): Given {
  const whole = files.some(({ kind }) => kind.kind === 'snapshot');
  const kinds = new Set(files.map(({ kind }) => kind.kind));
  const families = (of: string): ReadonlySet<Family> =>
    new Set(
      whole
        ? FAMILIES
        : files.flatMap(({ kind }) => (kind.kind === of && 'family' in kind ? kind.family : [])),
    );
  return {
    policyRules: withFound(families('ip-rules'), state.policyRules),
    routes: withFound(families('ip-routes'), listed.routes),
    rulesets: new Set([...families('iptables'), ...state.tables.flatMap(familiesOf)]),
    links: whole || kinds.has('ip-links'),
    sysctls: whole || kinds.has('sysctls'),
    whole,
  };
}

/** A listing may hold both families, and only what stands in it tells. */
function withFound(
  families: ReadonlySet<Family>,
  found: readonly { readonly family: Family }[],
): ReadonlySet<Family> {
  return new Set([...families, ...found.map(({ family }) => family)]);
}

function familiesOf({ family }: Table): readonly Family[] {
  switch (family) {
    case 'ip':
      return ['ipv4'];
    case 'ip6':
      return ['ipv6'];
    case 'inet':
      return FAMILIES;
    default:
      return [];
  }
}
