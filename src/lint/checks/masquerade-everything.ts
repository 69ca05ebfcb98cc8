import type { Rule } from '../../kernel/netfilter.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';
import type { TracePath } from '../../trace/trace.ts';
import type { Check } from '../check.ts';
import { nftWords, saveWords } from '../cures/rule-text.ts';
import type { Finding } from '../finding.ts';
import { hostAddresses } from '../flow/host-addresses.ts';
import type { Machine } from '../machine.ts';
import { takesEverything } from '../nat/catch-all.ts';
import { exampleName, leaving, onlyPostrouting } from '../nat/leaving.ts';
import { oneOfEach } from '../nat/one-of-each.ts';
import { ruleOf } from '../nat/rule-of.ts';
import { sourceRules } from '../nat/source-rules.ts';
import { sufferingFlow } from '../nat/suffering.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const RULES = (rule: string) => `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i wan0 -p tcp -m tcp --dport 2222 -j DNAT --to-destination 172.17.0.2:22
${rule}
COMMIT
`;

export const masqueradeEverything: Check = {
  id: 'masquerade-everything',
  severity: 'warning',
  summary:
    'Translation names neither an interface nor a source: it also hits what goes to the inside and to the router itself.',
  why: [
    "Without an interface a masquerade rule takes whatever leaves by any: connections from outside that are forwarded to a server inside arrive there with the router's address, so that its logs, its limits and its bans see one client; traffic between networks inside loses its sources; and the router's own traffic on lo gets the address of another interface.",
    'It is told where a connection to the inside meets the rule: a return before it for interfaces inside is as good.',
  ],
  bad: { files: { 'rules.v4': RULES('-A POSTROUTING -j MASQUERADE') } },
  good: { files: { 'rules.v4': RULES('-A POSTROUTING -o wan0 -j MASQUERADE') } },
  run: (machine) => oneOfEach(FAMILIES.flatMap((family) => judge(machine, family))),
};

function judge(machine: Machine, family: Family): readonly Finding[] {
  const candidates = sourceRules(machine.state, family).filter(({ rule }) => takesEverything(rule));
  if (candidates.length === 0) return [];
  const [lan = 'lan0'] = machine.roles.lans;
  const wans = machine.roles.wans.filter((name) => name !== lan);
  const [wan = 'wan0'] = wans;
  const hosts = hostAddresses(family, machine.state);
  const flow: Flow = {
    family,
    in: exampleName(wan),
    source: hosts.visitor,
    destination: hosts.client(0),
    protocol: 'tcp',
  };
  const found = new Map<Rule, TracePath>();
  for (const protocol of ['tcp', 'udp', 'icmp'])
    for (const { by, path } of leaving(
      onlyPostrouting(machine.state),
      { ...flow, protocol: family === 'ipv6' && protocol === 'icmp' ? 'icmpv6' : protocol },
      exampleName(lan),
    )) {
      const rule = by === undefined ? undefined : ruleOf(machine.state, by);
      if (rule !== undefined && candidates.some((one) => one.rule === rule) && !found.has(rule))
        found.set(rule, path);
    }
  return [...found].map(([rule, path]) => tell(machine, rule, path, flow, [wan, ...wans.slice(1)]));
}

function tell(machine: Machine, rule: Rule, path: TracePath, flow: Flow, wans: readonly string[]): Finding {
  const words = ruleText(machine, rule);
  const at = sourceRules(machine.state, flow.family).find((one) => one.rule === rule);
  return {
    check: masqueradeEverything.id,
    severity: 'warning',
    message: `\`${words}\` asks for no interface and no source: connections that come in arrive inside with the router's own address`,
    span: rulePlace(machine, rule),
    path: [{ span: rulePlace(machine, rule), rule: words, note: 'takes whatever leaves' }],
    flow: sufferingFlow(machine, flow, path),
    cure: cureOf(rule, words, at?.table.frontend === 'nft', wans),
    key: `${at?.table.family ?? ''} ${at?.table.name ?? ''} ${at?.chain.name ?? ''}: ${words}`,
  };
}

/** The same rule for what leaves by uplinks: by each of them, unless its address can be but one's. */
function cureOf(rule: Rule, words: string, isNft: boolean, wans: readonly string[]): string {
  const isForAll = rule.statements.some((one) => one.kind === 'nat' && one.type === 'masquerade');
  const names = isForAll ? wans : wans.slice(0, 1);
  const written = saveWords(words) ?? '-A POSTROUTING -j MASQUERADE';
  return names
    .map((name) =>
      isNft
        ? `oifname "${name}" ${nftWords(words) ?? 'masquerade'}`
        : written.replace(/^-A (\S+)/, `-A $1 -o ${name.replace(/\*$/, '+')}`),
    )
    .join('\n');
}
