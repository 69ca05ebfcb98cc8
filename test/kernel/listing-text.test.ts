import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policyRuleCommand, routeCommand } from '../../src/codec/ip-batch.ts';
import { TableNames, withNumbers } from '../../src/codec/ip-names.ts';
import { readRoutes } from '../../src/codec/ip-route-json.ts';
import { readRouteText } from '../../src/codec/ip-route-text.ts';
import { readPolicyRules } from '../../src/codec/ip-rule-json.ts';
import { readPolicyRuleText } from '../../src/codec/ip-rule-text.ts';
import type { Route } from '../../src/kernel/routing.ts';
import { FAMILIES, type Family } from '../../src/net/family.ts';
import { policyRules, routes } from '../arbitrary/routing.ts';

/** The kernel gives a link its own routes some time after it has a carrier: no listing is made before. */
const LINKS = [
  'sysctl -qw net.ipv6.conf.default.addr_gen_mode=1',
  'ip link add wan0 type veth peer name wan0-isp',
  'ip link add lan0 type bridge',
  'ip link set lo up; ip link set wan0 up; ip link set wan0-isp up; ip link set lan0 up',
  'ip address add 192.0.2.2/24 dev wan0',
  'for i in $(seq 300); do [ "$(ip -6 route show table all | grep -c "ff00::/8 dev wan0")" = 2 ] && break; sleep 0.01; done',
].join('; ');

/** What stands between two listings of one state. */
const MARK = '=====';

/** The same state listed in each of these ways, in a namespace that is gone afterwards. */
function listings(family: Family, batch: string, ways: readonly string[]): readonly string[] {
  const flag = family === 'ipv4' ? '-4' : '-6';
  const list = ways.map((way) => `ip ${flag} ${way}`).join(`; echo ${MARK}; `);
  const script = `${LINKS}; printf %s "$BATCH" | ip ${flag} -batch - && { ${list}; }`;
  const env = { ...process.env, BATCH: batch };
  const text = execFileSync('unshare', ['--net', 'sh', '-c', script], {
    env,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return text.split(`${MARK}\n`);
}

function withoutSpans<T extends object>(all: readonly T[]): readonly unknown[] {
  return all.map((one) => JSON.parse(JSON.stringify({ ...one, span: undefined })));
}

/** iproute2 prints metrics, preference and the like in another order in text than in JSON, and times that run. */
function comparable(all: readonly Route[]): readonly unknown[] {
  const key = (route: Route) =>
    `${route.table} ${route.destination.address}/${route.destination.length} ${route.metric}`;
  return withoutSpans(
    [...all]
      .sort((a, b) => (key(a) < key(b) ? -1 : 1))
      .map(({ attributes: _, scope: __, ...route }) => route),
  );
}

describe.each(FAMILIES)('%s', (family) => {
  test('ip rule is read from text, with and without -d and -N, as from JSON', () => {
    fc.assert(
      fc.property(policyRules(family), (rules) => {
        const batch = rules.map((rule) => `${policyRuleCommand('add', rule)}\n`).join('');
        const [json = '', ...texts] = listings(family, batch, ['-j -d rule', 'rule', '-d rule', '-N rule']);
        const names = new TableNames();
        const wanted = withoutSpans(readPolicyRules(family, withNumbers(JSON.parse(json), names)));
        for (const [at, text] of texts.entries()) {
          const { policyRules: found, problems } = readPolicyRuleText(family, text, 'rules', names);
          expect(problems).toEqual([]);
          // Only -d tells the kernel's own rules by their protocol.
          const own = (one: unknown) => (at === 1 ? one : { ...(one as object), protocol: undefined });
          const tagged = (one: unknown) => ((one as { protocol: number }).protocol === 2 ? own(one) : one);
          const bare = (one: unknown) =>
            (one as { protocol: number }).protocol === 0 ? { ...(one as object), protocol: undefined } : one;
          expect(withoutSpans(found).map(tagged).map(bare)).toEqual(wanted.map(tagged).map(bare));
        }
      }),
      { numRuns: 20 },
    );
  });

  test('ip route is read from text, with and without -d, -N and -o, as from JSON', () => {
    fc.assert(
      fc.property(routes(family), (some) => {
        const batch = some.map((route) => `${routeCommand('add', route)}\n`).join('');
        const all = 'route show table all';
        const [json = '', ...texts] = listings(family, batch, [
          `-j ${all}`,
          all,
          `-d ${all}`,
          `-N ${all}`,
          `-o ${all}`,
        ]);
        const names = new TableNames();
        const wanted = comparable(readRoutes(family, withNumbers(JSON.parse(json), names)));
        for (const text of texts) {
          const read = readRouteText(family, text, 'routes', names);
          expect(read.problems).toEqual([]);
          expect(comparable(read.routes)).toEqual(wanted);
        }
      }),
      { numRuns: 20 },
    );
  });
});
