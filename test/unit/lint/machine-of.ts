import { readAddresses } from '../../../src/codec/ip-address-json.ts';
import { readLinks } from '../../../src/codec/ip-link-json.ts';
import { TableNames } from '../../../src/codec/ip-names.ts';
import { readRouteText } from '../../../src/codec/ip-route-text.ts';
import { readPolicyRuleText } from '../../../src/codec/ip-rule-text.ts';
import { readIpsetSave } from '../../../src/codec/ipset.ts';
import { readIptablesSave } from '../../../src/codec/iptables/read.ts';
import { isIptablesTable, nftPartOf } from '../../../src/codec/iptables-in-nft.ts';
import { readNftJson } from '../../../src/codec/nft-json.ts';
import { recognize } from '../../../src/codec/recognize.ts';
import { readSysctlText } from '../../../src/codec/sysctl-text.ts';
import { readSite } from '../../../src/config/read-site.ts';
import type { Table } from '../../../src/kernel/netfilter.ts';
import { EMPTY_STATE, type KernelState } from '../../../src/kernel/state.ts';
import type { Check } from '../../../src/lint/check.ts';
import type { Finding } from '../../../src/lint/finding.ts';
import { lint } from '../../../src/lint/lint.ts';
import type { Given, Machine } from '../../../src/lint/machine.ts';
import { type MachineParts, makeMachine, NO_SETTINGS } from '../../../src/lint/make-machine.ts';
import type { Diagnostic } from '../../../src/net/diagnostic.ts';
import { FAMILIES, type Family } from '../../../src/net/family.ts';

export interface Around {
  readonly wan?: readonly string[];
  readonly lan?: readonly string[];
  readonly whole?: boolean;
}

export type Files = Readonly<Record<string, string>>;

/** One machine from texts by file name, without anything of this machine: nft is given as its JSON. */
export function machineOf(files: Files, { wan = [], lan = [], whole = false }: Around = {}): Machine {
  const names = new TableNames();
  for (const text of Object.values(files)) if (recognize(text, '').kind === 'table-names') names.learn(text);
  const parts: Partial<KernelState>[] = [];
  const listings: Table[] = [];
  for (const [file, text] of Object.entries(files)) {
    if (file.endsWith('.yaml')) continue;
    parts.push(readOne(file, text, names, listings));
  }
  const state = joined(parts);
  const settings = { ...NO_SETTINGS, roles: { wan, lan } };
  const sources = new Map(Object.entries(files));
  const made: MachineParts = { name: '', state, given: givenBy(state, whole), sources, settings, listings };
  return makeMachine({ ...made, ...siteOf(files) });
}

/** What one check finds, or all of them. */
export function findings(check: Check | undefined, files: Files, around?: Around): readonly Finding[] {
  const machine = machineOf(files, around);
  return check === undefined ? lint(machine) : lint(machine, [check]);
}

export function messages(check: Check, files: Files, around?: Around): readonly string[] {
  return findings(check, files, around).map(({ severity, message }) => `${severity}: ${message}`);
}

function siteOf(files: Files): Pick<MachineParts, 'site'> & { refused: readonly Diagnostic[] } {
  if (files['polywan.yaml'] === undefined) return { refused: [] };
  const list = (folder: string) =>
    Object.keys(files)
      .filter((name) => name.startsWith(`${folder}/`))
      .map((name) => name.slice(folder.length + 1));
  const { site, diagnostics } = readSite('polywan.yaml', (path) => files[path], list);
  return site === undefined ? { refused: diagnostics } : { site, refused: diagnostics };
}

function readOne(file: string, text: string, names: TableNames, listings: Table[]): Partial<KernelState> {
  const recognized = recognize(text, file);
  switch (recognized.kind) {
    case 'iptables': {
      const family = recognized.family === 'ipv4' ? 'ip' : 'ip6';
      const read = readIptablesSave(text, { family, frontend: recognized.frontend, file });
      return all(
        read.problems.map(({ message }) => message),
        { tables: read.tables },
      );
    }
    case 'nft-json': {
      const { tables, problems } = readNftJson(text, file);
      listings.push(...tables.filter(isIptablesTable));
      return all(problems, {
        tables: tables.flatMap((table) => (isIptablesTable(table) ? nftPartOf(table) : [table])),
      });
    }
    case 'ip-rules': {
      const { policyRules, problems } = readPolicyRuleText(recognized.family, text, file, names);
      return all(
        problems.map(({ message }) => message),
        { policyRules },
      );
    }
    case 'ip-routes': {
      const { routes, problems } = readRouteText(recognized.family, text, file, names);
      return all(
        problems.map(({ message }) => message),
        { routes },
      );
    }
    case 'ip-links': {
      const json: unknown = JSON.parse(text);
      return { links: readLinks(json), addresses: readAddresses(json) };
    }
    case 'sysctls':
      return { sysctls: readSysctlText(text, file).sysctls };
    case 'ipsets':
      return { ipsets: readIpsetSave(text) };
    case 'table-names':
    case 'empty':
      return {};
    default:
      throw new Error(`${file}: ${recognized.kind} is not read here`);
  }
}

function all(problems: readonly string[], part: Partial<KernelState>): Partial<KernelState> {
  if (problems.length > 0) throw new Error(problems.join('; '));
  return part;
}

function joined(parts: readonly Partial<KernelState>[]): KernelState {
  const whole = parts.map((part) => ({ ...EMPTY_STATE, ...part }));
  return {
    ...EMPTY_STATE,
    links: whole.flatMap(({ links }) => links),
    addresses: whole.flatMap(({ addresses }) => addresses),
    policyRules: whole.flatMap(({ policyRules }) => policyRules),
    routes: whole.flatMap(({ routes }) => routes),
    tables: whole.flatMap(({ tables }) => tables),
    ipsets: whole.flatMap(({ ipsets }) => ipsets),
    sysctls: whole.flatMap(({ sysctls }) => sysctls),
  };
}

function givenBy(state: KernelState, whole: boolean): Given {
  const having = (has: (family: Family) => boolean) => new Set(FAMILIES.filter((one) => whole || has(one)));
  return {
    policyRules: having((family) => state.policyRules.some((rule) => rule.family === family)),
    routes: having((family) => state.routes.some((route) => route.family === family)),
    rulesets: having((family) =>
      state.tables.some(
        (table) => table.family === 'inet' || table.family === (family === 'ipv4' ? 'ip' : 'ip6'),
      ),
    ),
    links: whole || state.links.length > 0,
    sysctls: whole || state.sysctls.length > 0,
    whole,
  };
}
