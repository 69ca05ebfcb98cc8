import type { Change } from '../../apply/change.ts';
import { type ChangeGroup, describeChange, groupOf, takesAway } from '../../apply/describe.ts';

/** In the order they are made. */
const GROUPS: readonly ChangeGroup[] = ['files', 'sysctls', 'routes', 'policy rules', 'netfilter'];

/** Every change as a line, under the heading of its group. */
export function formatChanges(changes: readonly Change[]): string {
  return GROUPS.flatMap((group) => {
    const lines = changes.filter((change) => groupOf(change) === group).map(describeChange);
    return lines.length === 0 ? [] : [`${group}:\n`, ...lines.map((line) => `  ${line}\n`)];
  }).join('');
}

/** `2 routes, the nft table; took away 1 route, iptables chains` */
export function summarizeChanges(changes: readonly Change[]): string {
  const made = nameChanges(changes.filter((change) => !takesAway(change)));
  const gone = nameChanges(changes.filter(takesAway));
  return [made, gone === '' ? '' : `took away ${gone}`].filter((words) => words !== '').join('; ');
}

/** `3 routes, 9 policy rules, the nft table`, whatever was done with them. */
export function nameChanges(changes: readonly Change[]): string {
  return GROUPS.flatMap((group) => {
    if (group === 'netfilter') return netfilterWords(changes);
    const count = changes.filter((change) => groupOf(change) === group).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? group.replace(/s$/, '') : group}`];
  }).join(', ');
}

/** Tables are few, and each is a whole of its own. */
function netfilterWords(changes: readonly Change[]): readonly string[] {
  const words = changes.flatMap((change) => {
    switch (change.kind) {
      case 'nft-table':
        return ['the nft table'];
      case 'nft-elements':
        return ['elements of the nft table'];
      case 'iptables':
        return [`${change.family === 'ipv4' ? 'iptables' : 'ip6tables'} chains`];
      case 'ipset':
        return ['ipsets'];
      default:
        return [];
    }
  });
  return [...new Set(words)];
}

/** For programs: the same lines as data. */
export function changesAsData(changes: readonly Change[]) {
  return changes.map((change) => ({
    group: groupOf(change),
    kind: change.kind,
    text: describeChange(change),
  }));
}
