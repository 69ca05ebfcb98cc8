import type { Rule, Table } from '../kernel/netfilter.ts';
import { devicesOf } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { askedInterfaces } from './asked-interfaces.ts';
import { interfaceNames } from './interface-names.ts';
import { type MarkedDevices, markedDevices } from './marked-devices.ts';
import type { RoleSettings, Roles } from './roles.ts';

const NO_ROLES: RoleSettings = { wan: [], lan: [] };

/** Names that distributions and programs give: virtual networks of this machine, neither outside nor inside. */
const OTHER_NAMES =
  /^(?:lo|docker\d*|br-[0-9a-f]{12}|veth.*|virbr\d*|cni.*|cali.*|flannel.*|cilium.*|kube.*|tailscale\d*|wt\d+|ifb.*|dummy.*)$/;
const WAN_NAMES = /^(?:ppp|pppoe|wan|wwan|rmnet|lte|dsl|cable|fiber|isp|uplink)[-\w.]*[*+]?$/;
const LAN_NAMES = /^(?:lan|br-lan|br0|guest|dmz|home)[-\w.]*[*+]?$/;

/**
 * What each interface is for. Settings say so; else routes, NAT and the marks rules give to what comes in; last its
 * name. What was taken from anything but settings is told in `guessed`.
 */
export function inferRoles(state: KernelState, settings: RoleSettings = NO_ROLES): Roles {
  const said = new Set([...settings.wan, ...settings.lan]);
  const seen = new Map<string, string>();
  const names = new Set(interfaceNames(state));
  names.delete('lo');
  const saidBeginnings = beginnings([...said]);
  const see = (name: string, why: string) => {
    if (!said.has(name) && !beginsWith(name, saidBeginnings) && name !== 'lo' && !seen.has(name))
      seen.set(name, why);
  };
  const marked = settings.wan.length === 0 ? markedDevices(state) : undefined;
  if (marked !== undefined) {
    for (const name of defaultDevices(state)) see(name, 'a default route leaves by it');
    for (const name of translatedDevices(state.tables))
      see(name, 'addresses are translated on the way out by it');
    for (const name of ownMarked(marked, names, seen.size))
      see(name, 'connections that come in by it get a mark of its own');
    for (const name of names) if (WAN_NAMES.test(name)) see(name, 'its name says so');
  }
  const wans = [...new Set([...settings.wan, ...seen.keys()])].filter((name) => !settings.lan.includes(name));
  const wanBeginnings = beginnings(wans);
  const rest = [...names].filter((name) => !wans.includes(name) && !beginsWith(name, wanBeginnings));
  // A beginning of names that an uplink's is among is a rule's word for uplinks.
  const isOutside = (name: string) => wans.some((wan) => beginsWith(wan, beginnings([name])));
  const lans =
    settings.lan.length > 0 ? settings.lan : rest.filter((name) => isInside(name, state) && !isOutside(name));
  const guessed = [
    ...[...seen].map(([name, why]) => `${name} is taken for an uplink: ${why}`),
    ...(settings.lan.length > 0 || lans.length === 0 ? [] : [sayInside(lans)]),
  ];
  const roles = { wans, lans, others: rest.filter((name) => !lans.includes(name)), guessed };
  const isOpen = said.size === 0 && lans.length === 0 && wans.length > 0;
  return isOpen && wans.every((name) => marked?.either.has(name) === true)
    ? { ...roles, otherwise: { ...roles, wans: [], lans: wans, guessed: [sayInside(wans)] } }
    : roles;
}

function sayInside(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} taken for the inside`;
}

/** Interfaces that are marked as uplinks are. Where several uplinks are known, what else is marked is steered. */
function ownMarked(
  { devices, marks }: MarkedDevices,
  names: ReadonlySet<string>,
  known: number,
): readonly string[] {
  if (known > 1) return [];
  const marked = devices.filter((name) => !LAN_NAMES.test(name) && !OTHER_NAMES.test(name));
  // The one mark of the one interface that is named sends what comes from inside another way.
  const isAlone = known === 0 && [...names].every((name) => marked.includes(name) || OTHER_NAMES.test(name));
  return isAlone && marks === 1 ? [] : marked;
}

/** Of names that a `*` or a `+` ends, what is before it. */
function beginnings(names: readonly string[]): readonly string[] {
  return names.filter((name) => /[*+]$/.test(name)).map((name) => name.slice(0, -1));
}

function beginsWith(name: string, these: readonly string[]): boolean {
  return these.some((beginning) => name.startsWith(beginning));
}

/** Scope of addresses that are for more than the link (rtnetlink). */
const GLOBAL = 0;

function isInside(name: string, { addresses }: KernelState): boolean {
  // Where addresses are known, what has none but the link's own is a port of something else, or leads nowhere.
  const hasNetwork =
    addresses.length === 0 || addresses.some(({ device, scope }) => device === name && scope === GLOBAL);
  return hasNetwork && !OTHER_NAMES.test(name);
}

function defaultDevices({ routes }: KernelState): readonly string[] {
  return routes
    .filter(({ destination, type }) => destination.length === 0 && type === 'unicast')
    .flatMap(devicesOf);
}

function translates({ chains }: Table): boolean {
  return chains.some(({ base }) => base?.type === 'nat');
}

/**
 * What asks where a packet goes, or whether it was forwarded, is translated for its way back in (hairpin), or to one
 * network.
 */
function isForSome({ statements }: Rule): boolean {
  return statements.some((statement) => {
    if (statement.kind !== 'match') return false;
    const { left, operator } = statement;
    if (left.kind === 'payload') return left.field === 'daddr' && operator === '==';
    const base = left.kind === 'binary' ? left.left : left;
    return base.kind === 'ct' && base.key === 'status';
  });
}

/** Out-interfaces of source translation, said in the rule or in the jumps that lead to it. */
function translatedDevices(tables: readonly Table[]): readonly string[] {
  return tables.filter(translates).flatMap((table) => {
    const nat = (rule: Rule) =>
      rule.statements.some(
        (statement) =>
          (statement.kind === 'nat' && (statement.type === 'masquerade' || statement.type === 'snat')) ||
          (statement.kind === 'verdict' &&
            'chain' in statement.verdict &&
            translating.has(statement.verdict.chain)),
      );
    const translating = new Set<string>();
    for (let before = -1; before !== translating.size; ) {
      before = translating.size;
      for (const { name, rules } of table.chains) if (rules.some(nat)) translating.add(name);
    }
    const rules = table.chains.flatMap(({ name, rules: all }) =>
      translating.has(name) ? all.filter((rule) => nat(rule) && !isForSome(rule)) : [],
    );
    return rules
      .flatMap((rule) => askedInterfaces(rule, 'oifname'))
      .flatMap(({ name, not }) => (not || LAN_NAMES.test(name) || OTHER_NAMES.test(name) ? [] : [name]));
  });
}
