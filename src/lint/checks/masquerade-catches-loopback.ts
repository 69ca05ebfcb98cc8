import type { Rule } from '../../kernel/netfilter.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import { parsePrefix, prefixContains } from '../../net/prefix.ts';
import type { Flow } from '../../trace/flow.ts';
import type { TracePath } from '../../trace/trace.ts';
import type { Check } from '../check.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { isAmong } from '../flow/mark-exits.ts';
import type { Machine } from '../machine.ts';
import { isDecided, takesEverything } from '../nat/catch-all.ts';
import { leaving } from '../nat/leaving.ts';
import { oneOfEach } from '../nat/one-of-each.ts';
import { ruleOf } from '../nat/rule-of.ts';
import { outInterfaces, sourcePrefixes, sourceRules } from '../nat/source-rules.ts';
import { sufferingFlow } from '../nat/suffering.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const RULES = (rules: string) => `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${rules}
COMMIT
`;

export const masqueradeCatchesLoopback: Check = {
  id: 'masquerade-catches-loopback',
  severity: 'warning',
  summary:
    "Translation also takes the router's traffic to itself: it arrives from another interface's address.",
  why: [
    'What the router sends to itself leaves by lo and goes through POSTROUTING. A rule that names what it does not want (`! -d`, `! -o`) easily takes it as well. lo has no address of its own that masquerade may use, so the packet gets one of another interface: services that trust 127.0.0.1 see a stranger, and proxies that talk over loopback (WireGuard, eBPF redirection) lose their peer. While no interface has an address it is dropped.',
    'Traffic that is never tracked (NOTRACK in raw) is not translated either.',
  ],
  bad: { files: { 'rules.v4': RULES('-A POSTROUTING ! -o lan0 -j MASQUERADE') } },
  good: {
    files: { 'rules.v4': RULES('-A POSTROUTING -o lo -j ACCEPT\n-A POSTROUTING ! -o lan0 -j MASQUERADE') },
  },
  run: (machine) => oneOfEach(FAMILIES.flatMap((family) => judge(machine, family))),
};

function judge(machine: Machine, family: Family): readonly Finding[] {
  const loopback = family === 'ipv4' ? '127.0.0.1' : '::1';
  // Rules that take everything are told of as that.
  const candidates = new Set(
    sourceRules(machine.state, family)
      .map(({ rule }) => rule)
      .filter((rule) => mayTake(rule, loopback) && isDecided(rule) && !takesEverything(rule)),
  );
  if (candidates.size === 0) return [];
  const found = new Map<Rule, { readonly path: TracePath; readonly flow: Flow }>();
  for (const protocol of ['udp', 'tcp']) {
    const flow: Flow = { family, source: loopback, destination: loopback, protocol };
    for (const { by, path } of leaving(machine.state, flow, 'wan0')) {
      const rule = by === undefined ? undefined : ruleOf(machine.state, by);
      if (rule !== undefined && candidates.has(rule) && !found.has(rule)) found.set(rule, { path, flow });
    }
  }
  return [...found].map(([rule, { path, flow }]) => tell(machine, rule, path, flow));
}

/** Most rules name another interface or other sources. */
function mayTake(rule: Rule, loopback: string): boolean {
  const outs = outInterfaces(rule);
  if (outs.some(({ not }) => !not) && !outs.some(({ name }) => isAmong('lo', [name]))) return false;
  const sources = sourcePrefixes(rule);
  const host = parsePrefix(loopback);
  return sources.length === 0 || host === undefined || sources.some((one) => prefixContains(one, host));
}

function tell(machine: Machine, rule: Rule, path: TracePath, flow: Flow): Finding {
  const words = ruleText(machine, rule);
  const at = sourceRules(machine.state, flow.family).find((one) => one.rule === rule);
  const chain = at?.chain.name ?? 'POSTROUTING';
  return {
    check: masqueradeCatchesLoopback.id,
    severity: 'warning',
    message: `\`${words}\` also takes what the router sends to itself: ${flow.destination} sees it come from the address of another interface`,
    span: rulePlace(machine, rule),
    path: [{ span: rulePlace(machine, rule), rule: words, note: 'takes traffic on lo' }],
    flow: sufferingFlow(machine, flow, path),
    cure: cureText('put before it', [
      at?.table.frontend === 'nft' ? 'oifname "lo" return' : `-A ${chain} -o lo -j RETURN`,
    ]),
    key: `${at?.table.family ?? ''} ${at?.table.name ?? ''} ${chain}: ${words}`,
  };
}
