import { withMachine } from '../../apply/machine.ts';
import type { Applied } from '../../apply/records.ts';
import { readStatus, ruleOrigin, type Status } from '../../apply/status.ts';
import type { Host } from '../../host/host.ts';
import { ask, type Silence } from '../../monitor/control/ask.ts';
import type { MonitorStatus } from '../../monitor/control/monitor-status.ts';
import type { Memory } from '../../monitor/decide/decision.ts';
import { readMemory } from '../../monitor/loop/memory.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import { formatWord } from '../../net/mark.ts';
import { valueAt } from '../../net/value-at.ts';
import type { PlannedPolicy, PlannedWan } from '../../plan/plan.ts';
import { namedFamilies } from '../../plan/wan-part.ts';
import type { Command } from '../command.ts';
import { changesAsData, formatChanges } from '../format/changes.ts';
import { gatewayText } from '../format/gateway-text.ts';
import { formatMonitorStatus } from '../format/monitor-status.ts';
import { silenceText } from '../format/no-monitor.ts';
import { table } from '../format/table.ts';
import { lines } from '../format/text-lines.ts';
import { unwatchedText } from '../format/unwatched.ts';

/** Once a second: what a person can follow. */
const WATCH_MS = 1000;

/** Home, and clear to the end of the screen: what is drawn anew does not flicker. */
const REDRAW = '\u001b[H\u001b[J';

export const status: Command = {
  name: 'status',
  summary: 'show the health of the WANs, what is applied, and whether the machine still matches it',
  description: [
    'Shows what the running monitor knows: the health of each WAN with its cause, loss, delay and jitter of each probe with its latest answers (. answered, ! lost, x answered wrongly), and the latest transitions. Without a monitor it says so.',
    'Then the kernel’s truth: the WANs with their marks, tables, connections and gateways, the policies with the members that take new connections, the policy rules with the line of the site each comes from, and every difference between what was applied and what the kernel has now.',
    'A WAN that is well again but not used yet by a policy with failback_after says when it will be (back in 40s); a family that is down alone has a line of its own (fiber/ipv6).',
    'Exits with 1 when nothing is applied, when the machine has drifted from it, when a WAN, or one family of it, is down, or when the monitor does not answer.',
  ],
  positionals: [],
  options: {
    json: { type: 'boolean', describe: 'print it as JSON' },
    watch: { type: 'boolean', describe: 'show it anew every second, until interrupted' },
  },
  examples: [
    { line: 'polywan status', describe: 'is everything as I left it?' },
    { line: 'polywan status --watch', describe: 'while a cable is pulled' },
  ],
  run: async (args, { host }) => {
    let stopped = false;
    const stop = host.onSignal(['SIGINT', 'SIGTERM', 'SIGPIPE'], () => {
      stopped = true;
    });
    for (;;) {
      const found = await withMachine(host, readStatus);
      const watching = await askStatus(host);
      const words = readMemory(host).admin;
      const text = args.json === true ? asJson(found, watching, words) : asText(found, watching, words, host);
      host.stdout.write(args.watch === true && host.stdout.isTerminal ? REDRAW + text : text);
      if (args.watch !== true || stopped) {
        stop();
        return isWell(found, watching) ? 0 : 1;
      }
      await host.sleep(WATCH_MS);
    }
  },
};

/** What the monitor says; undefined when there is none to say anything. */
type Watching = MonitorStatus | Silence | undefined;

async function askStatus(host: Host): Promise<Watching> {
  const answer = await ask(host, { ask: 'status' });
  return answer?.answer === 'status' ? answer.status : answer?.answer === 'none' ? answer : undefined;
}

function isSilence(watching: Watching): watching is Silence {
  return watching !== undefined && 'answer' in watching;
}

function isWell({ applied, drift }: Status, watching: Watching): boolean {
  if (isSilence(watching)) return false;
  const allUp =
    watching?.wans.every(
      ({ health, familyHealth }) =>
        health !== 'down' && Object.values(familyHealth).every((family) => family.health === 'up'),
    ) ?? true;
  return applied !== undefined && drift.length === 0 && allUp;
}

function asJson(found: Status, watching: Watching, admin: Memory['admin']): string {
  const monitor = watching === undefined || isSilence(watching) ? null : watching;
  return `${JSON.stringify({ ...asData(found), admin, monitor }, null, 2)}\n`;
}

function asText(found: Status, watching: Watching, words: Memory['admin'], host: Host): string {
  const { columns } = host.stdout;
  const health =
    watching === undefined
      ? unwatchedText(found.applied?.down ?? [], words, columns)
      : watchedText(watching, host.now(), columns);
  return `${health}\n${appliedText(found, columns)}`;
}

function watchedText(watching: MonitorStatus | Silence, nowMs: number, columns: number): string {
  if (isSilence(watching)) return `${silenceText(watching)}: restart polywan-monitor if it stays so\n`;
  return formatMonitorStatus(watching, nowMs, columns);
}

function appliedText(found: Status, columns: number): string {
  const { applied, drift } = found;
  if (applied === undefined) return `nothing is applied\n${interruptions(found)}`;
  const families = FAMILIES.filter((family) => applied.wans.some((wan) => wan.families.includes(family)));
  return [
    lines(
      `${applied.siteFile}, applied ${new Date(applied.appliedAtMs).toISOString()} by ${backendOf(applied)} (${applied.backendReason})`,
      '',
      columns,
    ),
    interruptions(found),
    '\nWANs\n',
    table(wanRows(applied, found), columns),
    '\ngateways\n',
    table(
      applied.wans.flatMap((wan) => gatewayRows(wan, applied.down)),
      columns,
    ),
    '\npolicies\n',
    table(
      applied.policies.flatMap((policy) => policyRows(policy, families)),
      columns,
    ),
    '\npolicy rules\n',
    ...found.own.policyRules.map((rule) => `${ruleOrigin(rule, applied)}\n`),
    drift.length === 0 ? '\nno drift\n' : `\ndrift; polywan apply would do this:\n${formatChanges(drift)}`,
  ].join('');
}

/** As apply named it: of iptables, which one. */
function backendOf({ backend, desired }: Applied): string {
  return desired.tables.find(({ frontend }) => frontend !== 'nft')?.frontend ?? backend;
}

function interruptions({ journal, pending }: Status): string {
  const cutOff =
    journal === undefined
      ? ''
      : `polywan ${journal.command} was cut off at ${new Date(journal.startedAtMs).toISOString()}: run polywan apply, or polywan rollback\n`;
  const waiting =
    pending === undefined
      ? ''
      : `waits for polywan confirm until ${new Date(pending.deadlineMs).toISOString()}\n`;
  return cutOff + waiting;
}

function wanRows(applied: Applied, { connections }: Status): readonly (readonly string[])[] {
  const head = ['name', 'interface', 'mark', 'table', 'connections'];
  return [
    head,
    ...applied.wans.map((wan) => [
      wan.metered ? `${wan.name} (metered)` : wan.name,
      wan.interface,
      formatWord(wan.mark),
      String(wan.table),
      connections === undefined ? 'unknown' : String(valueAt(connections, wan.name) ?? 0),
    ]),
  ];
}

/** A row for each family: two long IPv6 addresses would not fit beside the other columns. */
function gatewayRows(wan: PlannedWan, downNames: readonly string[]): readonly (readonly string[])[] {
  const down = namedFamilies(downNames, wan.name);
  return wan.families.map((family) => [
    wan.name,
    family,
    gatewayText(wan, family) + (down.includes(family) ? ' (down)' : ''),
  ]);
}

function policyRows(policy: PlannedPolicy, families: readonly Family[]): readonly (readonly string[])[] {
  return families.map((family) => {
    const active = policy.active[family].map(({ wan, sharePercent }) => `${wan} ${percent(sharePercent)}`);
    return [policy.name, family, active.length === 0 ? policy.lastResort : active.join(', ')];
  });
}

function percent(share: number): string {
  return `${Math.round(share * 10) / 10}%`;
}

function asData({ applied, journal, pending, own, drift, connections }: Status) {
  if (applied === undefined) return { applied: false, interrupted: journal !== undefined };
  return {
    applied: true,
    site: applied.siteFile,
    appliedAt: new Date(applied.appliedAtMs).toISOString(),
    backend: { name: applied.backend, reason: applied.backendReason },
    interrupted: journal !== undefined,
    confirmUntil: pending === undefined ? null : new Date(pending.deadlineMs).toISOString(),
    wans: applied.wans.map((wan) => ({
      name: wan.name,
      interface: wan.interface,
      families: wan.families,
      mark: formatWord(wan.mark),
      table: wan.table,
      metered: wan.metered,
      gateways: wan.gateways,
      connections: connections === undefined ? null : (valueAt(connections, wan.name) ?? null),
      down: applied.down.includes(wan.name),
      downFamilies: namedFamilies(applied.down, wan.name).filter((family) => wan.families.includes(family)),
    })),
    policies: applied.policies.map(({ name, active, lastResort }) => ({ name, active, lastResort })),
    policyRules: own.policyRules.map((rule) => ruleOrigin(rule, applied)),
    drift: changesAsData(drift),
  };
}
