import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recognizeFile } from '../../src/cli/lint/lint-file.ts';
import { readMachine } from '../../src/cli/lint/read-machine.ts';
import { nodeHost } from '../../src/host/node.ts';
import type { Check, Example } from '../../src/lint/check.ts';
import { CHECKS } from '../../src/lint/checks.ts';
import type { Finding } from '../../src/lint/finding.ts';
import { lint } from '../../src/lint/lint.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What all checks find in the example, its files read as one machine from a folder of their own. */
async function findings(name: string, { files }: Example): Promise<readonly Finding[]> {
  const home = join(folder, name);
  const opened = Object.entries(files).map(([path, text]) => {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return { file, text, kind: recognizeFile(text, file, true) };
  });
  expect(opened.filter(({ kind }) => kind.kind === 'unknown')).toEqual([]);
  // A profile that a site names is read with it.
  const { machine, problems } = await readMachine(nodeHost(), { name, files: opened });
  expect(problems).toEqual([]);
  return lint(machine);
}

function inShort(found: readonly Finding[]): readonly string[] {
  return found.map(({ check, severity, message }) => `${check} (${severity}): ${message}`);
}

/** Checks that are about no packet, each with the reason. */
const WITHOUT_FLOW: ReadonlyMap<string, string> = new Map([
  ['config-invalid', 'polywan refuses it: nothing runs'],
  ['missing-commit', 'iptables-restore refuses it: no packet meets it'],
  ['undefined-chain-or-set', 'the kernel refuses it: no packet meets it'],
  ['jump-loop', 'the kernel refuses it: no packet meets it'],
  ['iptables-nft-listing', 'what the rules say is not known'],
  ['script-not-fully-checked', 'what the rules say is not known'],
  ['policy-unused', 'no connection is sent by it'],
  ['wan-unused', 'no connection is sent by it'],
  ['members-share-interface', 'it is of a cable, whatever is sent by it'],
  ['probe-target-shared', 'it is of who answers probes'],
  ['probe-target-elsewhere', 'it is of who answers probes'],
  ['thresholds-flap', 'it is of when probes count'],
  ['failback-without-health', 'it is of when probes count'],
  ['bad-suppression', 'it is a comment'],
  ['unused-suppression', 'it is a comment'],
]);

/** Words in capitals that are iptables' own, or names of protocols; anything else of the kind stands for something. */
const OWN_WORDS =
  /\b(?:ACCEPT|DROP|RETURN|MARK|CONNMARK|MASQUERADE|PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING|COMMIT|NEW|WANS?|ISP|TTL|IPMARK|IPv[46]|CHOOSE)\b/g;

/** What stands for something that the reader is to find out. */
const GAP = /(?<!-)\b[A-Z][A-Z-]*\b|…|<\w+>|\.\.\./;

/** A save as the script that makes it. */
function asScript(save: string): string {
  let table = '';
  const lines = save.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1);
    const [, chain, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (chain !== undefined)
      return [policy === '-' ? `$IPT -t ${table} -N ${chain}` : `$IPT -t ${table} -P ${chain} ${policy}`];
    return line.startsWith('-A ') ? [`$IPT -t ${table} ${line}`] : [];
  });
  return `#!/bin/sh\nIPT="iptables -w"\n${lines.join('\n')}\n`;
}

/** The same with its IPv4 rules in a script; none where it has none, or is about what only a save has. */
function inScript({ id, bad: { files } }: Check): readonly (readonly [id: string, example: Example])[] {
  const { 'rules.v4': save, 'rules.txt': listing, ...others } = files;
  const isOfSaves = id === 'missing-commit' || /ignore|IPMARK/.test(save ?? '');
  if (save === undefined || isOfSaves || 'rules.v6' in others || 'legacy.v4' in others) return [];
  // IPv4's listing ends with this rule; beside a save its family is known without.
  const rules = listing?.replace(/(?<!lookup default)\n$/, '\n32767:\tfrom all lookup default\n');
  const beside = rules === undefined ? others : { ...others, 'rules.txt': rules };
  return [[id, { files: { ...beside, 'firewall.sh': asScript(save) } }]];
}

describe.each(CHECKS.flatMap(inScript))('%s', (id, example) => {
  it('is found in a script as well, with commands for its cure', async () => {
    const found = await findings(`${id}-script`, example);
    const own = found.filter(({ check }) => check === id);
    expect(own.length).toBeGreaterThan(0);
    for (const { cure = '' } of own) {
      expect(cure).not.toMatch(/^(?:-A |\*\w+$|COMMIT$)/m);
      expect(cure.replaceAll('$IPT', '').replace(OWN_WORDS, '')).not.toMatch(GAP);
    }
  });
});

describe.each(CHECKS.map((check) => [check.id, check] as const))('%s', (id, check) => {
  it('is found in its bad example, and nothing else is', async () => {
    const found = await findings(`${id}-bad`, check.bad);
    expect(inShort(found.filter((one) => one.check !== id))).toEqual([]);
    expect(found.length).toBeGreaterThan(0);
    for (const one of found) {
      expect(one.message).toMatch(/\S/);
      expect(one.key).toMatch(/\S/);
      expect(one.span.end).toBeGreaterThanOrEqual(one.span.start);
    }
    const rank = ['error', 'warning', 'note'];
    expect(Math.min(...found.map(({ severity }) => rank.indexOf(severity)))).toBe(
      rank.indexOf(check.severity),
    );
  });

  it('is shown with a cure that leaves no gap, and on a flow that suffers', async () => {
    for (const { cure = '', flow } of await findings(`${id}-cure`, check.bad)) {
      expect(cure).toMatch(/\S/);
      expect(cure.replace(OWN_WORDS, '')).not.toMatch(GAP);
      if (WITHOUT_FLOW.has(id)) expect(flow).toBeUndefined();
      else expect(flow?.packets.length).toBeGreaterThan(0);
    }
  });

  it('is not found in its good example, and nothing else is', async () => {
    expect(inShort(await findings(`${id}-good`, check.good))).toEqual([]);
  });
});
