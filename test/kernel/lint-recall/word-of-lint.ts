import { recognizeFile } from '../../../src/cli/lint/lint-file.ts';
import { readMachine } from '../../../src/cli/lint/read-machine.ts';
import { nodeHost } from '../../../src/host/node.ts';
import { forwardReplyByOtherWan } from '../../../src/lint/checks/forward-reply-by-other-wan.ts';
import type { Finding } from '../../../src/lint/finding.ts';
import { MARK_FLOW_CHECKS } from '../../../src/lint/groups/mark-flow.ts';
import { lint } from '../../../src/lint/lint.ts';
import type { Machine } from '../../../src/lint/machine.ts';
import { FAMILIES, type Family } from '../../../src/net/family.ts';
import { inFamily } from '../differential/variation.ts';
import type { Subject } from './subject.ts';

/** Replies to connections from outside that are passed on to a host inside are the matter of one more check. */
export const CHECKS = [...MARK_FLOW_CHECKS, forwardReplyByOtherWan];

const host = nodeHost();

/** What lint says of a ruleset on the lane's router, with its policy rules and routes given. */
export async function wordOfLint(subject: Subject, text: string): Promise<readonly Finding[]> {
  return lint(await machineOf(textsOf(subject, text)), CHECKS);
}

/** Files by name. */
export type Texts = Readonly<Record<string, string>>;

/** A ruleset with its policy rules and routes. */
export function textsOf(subject: Subject, text: string): Texts {
  const { family } = subject;
  // Tables of both families meet both families' packets, of which the lane sends one's.
  const families = /^table inet /m.test(text) ? FAMILIES : [family];
  return Object.fromEntries<string>([
    ...Object.entries(bareTextsOf(subject, text)),
    ...families.map((each) => [`rules-${each}.txt`, rulesOf(subject, each)] as const),
    ...families.map((each) => [`routes-${each}.txt`, routesOf(subject, each)] as const),
  ]);
}

/** The ruleset is all there is to read. */
export function bareTextsOf(subject: Subject, text: string): Texts {
  return { [fileOf(subject)]: text };
}

function fileOf({ family, frontend }: Subject): string {
  return frontend === 'nft' ? 'ruleset.nft' : family === 'ipv4' ? 'rules.v4' : 'rules.v6';
}

export async function machineOf(texts: Texts): Promise<Machine> {
  const files = Object.entries(texts).map(([file, content]) => ({
    file,
    text: content,
    kind: recognizeFile(content, file, true),
  }));
  const { machine, problems } = await readMachine(host, { name: 'router', files });
  if (problems.length > 0)
    throw new Error([...problems.map(({ message }) => message), ...Object.values(texts)].join('\n'));
  return machine;
}

function rulesOf({ rules }: Subject, family: Family): string {
  const all = [
    '0: from all lookup local',
    ...rules.map((line) => inFamily(line, family)),
    '32766: from all lookup main',
    ...(family === 'ipv4' ? ['32767: from all lookup default'] : []),
  ];
  return all.map((line) => `${line.replace(': ', ':\t')}\n`).join('');
}

const ROUTES: Readonly<Record<Family, string>> = {
  ipv4: `default via 198.51.100.1 dev wan0
192.168.1.0/24 dev lan0 proto kernel scope link src 192.168.1.1
198.51.100.0/24 dev wan0 proto kernel scope link src 198.51.100.2
203.0.113.0/24 dev wan1 proto kernel scope link src 203.0.113.2
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
local 192.168.1.1 dev lan0 table local proto kernel scope host src 192.168.1.1
local 198.51.100.2 dev wan0 table local proto kernel scope host src 198.51.100.2
local 203.0.113.2 dev wan1 table local proto kernel scope host src 203.0.113.2
`,
  ipv6: `default via 2001:db8:51::1 dev wan0 metric 1024
2001:db8:1::/64 dev lan0 proto kernel metric 256
2001:db8:51::/64 dev wan0 proto kernel metric 256
2001:db8:113::/64 dev wan1 proto kernel metric 256
local ::1 dev lo table local proto kernel metric 0
local 2001:db8:1::1 dev lan0 table local proto kernel metric 0
local 2001:db8:51::2 dev wan0 table local proto kernel metric 0
local 2001:db8:113::2 dev wan1 table local proto kernel metric 0
`,
};

function routesOf({ routes }: Subject, family: Family): string {
  return `${routes.map((line) => `${inFamily(line, family)}\n`).join('')}${ROUTES[family]}`;
}
