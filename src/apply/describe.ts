import type { NamedSet, Table } from '../kernel/netfilter.ts';
import type { PolicyRule, Route } from '../kernel/routing.ts';
import { policyRuleWords, routeWords } from '../kernel/routing-words.ts';
import type { Change } from './change.ts';

export type ChangeGroup = 'files' | 'sysctls' | 'routes' | 'policy rules' | 'netfilter';

/** The heading a change stands under where people read it. */
export function groupOf(change: Change): ChangeGroup {
  switch (change.kind) {
    case 'file':
      return 'files';
    case 'sysctl':
      return 'sysctls';
    case 'route':
      return 'routes';
    case 'policy-rule':
      return 'policy rules';
    case 'nft-table':
    case 'nft-elements':
    case 'ipset':
    case 'iptables':
      return 'netfilter';
  }
}

/** One line a person reads: `+` is added, `-` taken away, `~` exchanged. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'file':
      return `${sign(change)} ${change.path}`;
    case 'sysctl':
      return `~ ${change.key} = ${change.after?.value} (was ${change.before?.value ?? 'not there'})`;
    case 'route':
      return describeBoth(change, describeRoute);
    case 'policy-rule':
      return describeBoth(change, describeRule);
    case 'nft-table':
      return `${sign(change)} nft table inet polywan${tableSize(change.after ?? change.before)}${wasDormant(change)}`;
    case 'nft-elements':
      return `~ elements of ${change.after.sets.map(setSize).join(', ')} in nft table inet polywan`;
    case 'ipset':
      return `${sign(change)} ipset ${(change.after ?? change.before)?.name}`;
    case 'iptables':
      return describeIptables(change);
  }
}

/** Whether nothing of it is to be there afterwards. */
export function takesAway(change: Change): boolean {
  return change.kind === 'iptables' ? change.after.length === 0 : change.after === undefined;
}

function sign(change: { readonly before: unknown; readonly after: unknown }): '+' | '-' | '~' {
  if (change.before === undefined) return '+';
  return change.after === undefined ? '-' : '~';
}

function describeBoth<T>(
  change: { readonly before: T | undefined; readonly after: T | undefined },
  describe: (value: T) => string,
): string {
  const { before, after } = change;
  const now = after ?? before;
  const was = before !== undefined && after !== undefined ? ` (was: ${describe(before)})` : '';
  return now === undefined ? sign(change) : `${sign(change)} ${describe(now)}${was}`;
}

function tableSize(table: Table | undefined): string {
  if (table === undefined) return '';
  const rules = table.chains.reduce((sum, chain) => sum + chain.rules.length, 0);
  return ` (${table.chains.length} chains, ${rules} rules)`;
}

/** Somebody put the table to sleep: that is all that may differ. */
function wasDormant({ before, after }: Extract<Change, { readonly kind: 'nft-table' }>): string {
  return before?.dormant === true && after !== undefined ? ' (was dormant)' : '';
}

function setSize(set: NamedSet): string {
  return `${set.kind} ${set.name} (${set.elements.length})`;
}

function describeIptables(change: Extract<Change, { readonly kind: 'iptables' }>): string {
  const program = `${change.family === 'ipv4' ? 'iptables' : 'ip6tables'}${change.frontend.slice('iptables'.length)}`;
  const own = change.after.length > 0 ? change.after : change.before;
  const tables = own.map((table) => table.name).join(', ');
  const mark = change.before.length === 0 ? '+' : takesAway(change) ? '-' : '~';
  return `${mark} ${program} chains polywan-* in ${tables}`;
}

/** As iproute2 lists it, and of which family: its listings are of one each. */
export function describeRoute(route: Route): string {
  return `${familyWord(route)}${routeWords(route)}`;
}

/** Without the `from all` that nearly every rule has: the line may have a place behind it, and 80 columns. */
export function describeRule(rule: PolicyRule): string {
  return `${familyWord(rule)}${policyRuleWords(rule).replace(' from all', '')}`;
}

function familyWord({ family }: Route | PolicyRule): string {
  return family === 'ipv6' ? 'IPv6 ' : '';
}
