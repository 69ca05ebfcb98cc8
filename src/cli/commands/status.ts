import { withMachine } from '../../apply/machine.ts';
import type { Applied } from '../../apply/records.ts';
import { readStatus, ruleOrigin, type Status } from '../../apply/status.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import { formatWord } from '../../net/mark.ts';
import type { PlannedPolicy, PlannedWan } from '../../plan/plan.ts';
import type { Command } from '../command.ts';
import { changesAsData, formatChanges } from '../format/changes.ts';
import { table } from '../format/table.ts';

export const status: Command = {
  name: 'status',
  summary: 'show what is applied, and whether the machine still matches it',
  description: [
    'Shows the WANs with their marks, tables, gateways and connections, the policies with the members that take new connections, the policy rules with the line of the site each comes from, and every difference between what was applied and what the kernel has now.',
    'Exits with 1 when nothing is applied, or when the machine has drifted from it.',
  ],
  positionals: [],
  options: { json: { type: 'boolean', describe: 'print it as JSON' } },
  examples: [{ line: 'polywan status', describe: 'is everything as I left it?' }],
  run: async (args, { host }) => {
    const found = await withMachine(host, readStatus);
    const text =
      args.json === true ? `${JSON.stringify(asData(found), null, 2)}\n` : asText(found, host.stdout.columns);
    host.stdout.write(text);
    return found.applied === undefined || found.drift.length > 0 ? 1 : 0;
  },
};

function asText(found: Status, columns: number): string {
  const { applied, drift } = found;
  if (applied === undefined) return `nothing is applied\n${interruptions(found)}`;
  const families = FAMILIES.filter((family) => applied.wans.some((wan) => wan.families.includes(family)));
  return [
    `${applied.siteFile}, applied ${new Date(applied.appliedAtMs).toISOString()} by ${applied.backend} (${applied.backendReason})\n`,
    interruptions(found),
    '\nWANs\n',
    table(wanRows(applied, found), columns),
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
  const head = ['name', 'interface', 'families', 'mark', 'table', 'connections', 'gateway'];
  return [
    head,
    ...applied.wans.map((wan) => [
      wan.name,
      wan.interface,
      wan.families.join(', '),
      formatWord(wan.mark),
      String(wan.table),
      connections === undefined ? 'unknown' : String(connections[wan.name] ?? 0),
      gatewayText(wan) + (applied.down.includes(wan.name) ? ' (down)' : ''),
    ]),
  ];
}

function gatewayText(wan: PlannedWan): string {
  const found = FAMILIES.flatMap((family) => {
    const gateway = wan.gateways[family];
    return gateway === undefined ? [] : [gateway.address ?? `${family} without an address`];
  });
  return found.length === 0 ? 'none: left out' : found.join(', ');
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
      gateways: wan.gateways,
      connections: connections?.[wan.name] ?? null,
      down: applied.down.includes(wan.name),
    })),
    policies: applied.policies.map(({ name, active, lastResort }) => ({ name, active, lastResort })),
    policyRules: own.policyRules.map((rule) => ruleOrigin(rule, applied)),
    drift: changesAsData(drift),
  };
}
