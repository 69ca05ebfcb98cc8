import type { Family } from '../../../src/net/family.ts';
import { BUILTIN_CHAINS, type Ruleset } from './generate.ts';
import { observer } from './observer.ts';
import { inFamily } from './variation.ts';

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What was loaded before in a family goes away; `before` is the last ruleset's. */
export function loadScript(ruleset: Ruleset, before: Family): string {
  const { family, tcp } = ruleset;
  const iptables = family === 'ipv6' ? 'ip6tables' : 'iptables';
  const routing = [
    // Before the policy rules: a gateway is looked up by them.
    ...ruleset.routes.map((text) => `route add ${text}`),
    ...ruleset.rules.map((rule) => `rule add ${ruleCommand(rule)}`),
  ];
  return [
    'nft flush ruleset 2>&1',
    ...[...new Set([before, family])].flatMap((each) => reset(each, each === family ? routing : [])),
    'ipset destroy 2>&1',
    ...Object.entries(ruleset.sysctls).map(([key, value]) => `sysctl -qw ${key}=${value} 2>&1`),
    ...(ruleset.ipsets === '' ? [] : [feed('ipset restore', ruleset.ipsets)]),
    ...(ruleset.nft === '' ? [] : [feed('nft -f -', ruleset.nft)]),
    ...(ruleset.iptables === '' ? [] : [feed(`${iptables}-nft-restore`, ruleset.iptables)]),
    ...(ruleset.legacy === '' ? [] : [feed(`${iptables}-legacy-restore`, ruleset.legacy)]),
    feed('nft -f -', observer(tcp, family === 'ipv6')),
    // Of both families.
    'conntrack -F >/dev/null 2>/dev/null',
  ].join('\n');
}

function feed(program: string, text: string): string {
  return `printf %s ${quoted(text)} | ${program} 2>&1`;
}

/** Only the router's own routing is left, and what `more` adds. */
function reset(family: Family, more: readonly string[]): readonly string[] {
  const empty = Object.entries(BUILTIN_CHAINS)
    .map(([table, chains]) => {
      const policies = [...new Set(chains)].map((chain) => `:${chain} ACCEPT\n`).join('');
      return `*${table}\n${policies}COMMIT\n`;
    })
    .join('');
  const batch = [
    'rule flush',
    'rule add priority 32766 lookup main',
    ...(family === 'ipv4' ? ['rule add priority 32767 lookup default'] : []),
    ...['30', '36', '7', '40'].map((table) => `route flush table ${table}`),
    inFamily('route replace default via 198.51.100.1 dev wan0', family),
    ...more,
    'route flush cache',
  ].join('\n');
  return family === 'ipv6'
    ? [feed('ip6tables-legacy-restore', empty), feed('ip -6 -batch - -force 2>/dev/null', `${batch}\n`)]
    : [feed('iptables-legacy-restore', empty), feed('ip -batch - -force 2>/dev/null', `${batch}\n`)];
}

/** The model's words for a policy rule, as ip(8) takes them. */
function ruleCommand(text: string): string {
  const [priority = '', ...words] = text.split(' ');
  return `priority ${priority.replace(':', '')} ${words.join(' ')}`;
}
