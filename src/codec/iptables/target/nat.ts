import { type Expression, number, string } from '../../../kernel/expression.ts';
import type { Nat } from '../../../kernel/statement.ts';
import { formatPrefix, networkOf, parseAddress, parsePrefix } from '../../../net/prefix.ts';
import { familyOf, writeAddress } from '../address.ts';
import { argumentOf, type OptionUse, type Scope, type TargetExtension, use } from '../extension.ts';
import { ADDRESS_RANGE, writeNumbers } from '../value.ts';

/** nft's names of the flags. */
const FLAGS: Readonly<Record<string, string>> = {
  '--random': 'random',
  '--random-fully': 'fully-random',
  '--persistent': 'persistent',
};

const FLAG_OPTIONS = { '--random': 0, '--random-fully': 0, '--persistent': 0 } as const;

function readFlags(uses: readonly OptionUse[]): string[] {
  return Object.keys(FLAGS)
    .filter((name) => uses.some((one) => one.name === name))
    .map((name) => FLAGS[name] ?? name);
}

function writeFlags(flags: readonly string[]): OptionUse[] | undefined {
  const names = flags.map((flag) => Object.keys(FLAGS).find((name) => FLAGS[name] === flag));
  return names.includes(undefined) ? undefined : names.map((name) => use(name ?? ''));
}

/** `80`, `80-90`, or with DNAT's shift `80-90/1000`, which has no form in the model and is kept as text. */
function readPorts(text: string): Expression | undefined {
  const parts = /^(\d{1,5})(?:-(\d{1,5}))?(\/\d{1,5})?$/.exec(text);
  if (parts === null) return undefined;
  if (parts[3] !== undefined) return { kind: 'unknown', text };
  const from = Number(parts[1]);
  const to = Number(parts[2] ?? parts[1]);
  return from === to ? number(from) : { kind: 'range', from: number(from), to: number(to) };
}

function writePorts(port: Expression): string | undefined {
  return port.kind === 'unknown' ? port.text : writeNumbers(port, '-');
}

interface Destination {
  readonly address?: Expression;
  readonly port?: Expression;
}

/** `a`, `a-b`, `a:80`, `:80-90`; IPv6 addresses stand in brackets where a port follows. */
function readDestination(text: string, scope: Scope): Destination | undefined {
  const { host, ports } = splitPorts(text, scope.family);
  const port = ports === undefined ? undefined : readPorts(ports);
  if (ports !== undefined && port === undefined) return undefined;
  const address = host === '' ? undefined : readHost(host, scope);
  if (host !== '' && address === undefined) return undefined;
  return { ...(address === undefined ? {} : { address }), ...(port === undefined ? {} : { port }) };
}

function splitPorts(text: string, family: 'ip' | 'ip6'): { host: string; ports?: string } {
  const bracket = /^\[([^\]]*)\](?:-\[([^\]]*)\])?(?::(.*))?$/.exec(text);
  if (bracket !== null) {
    const host = bracket[2] === undefined ? (bracket[1] ?? '') : `${bracket[1]}-${bracket[2]}`;
    return bracket[3] === undefined ? { host } : { host, ports: bracket[3] };
  }
  const colon = text.indexOf(':');
  if (colon === -1 || (family === 'ip6' && colon > 0) || text.startsWith('::')) return { host: text };
  return { host: text.slice(0, colon), ports: text.slice(colon + 1) };
}

function readHost(text: string, scope: Scope): Expression | undefined {
  if (text.includes('-')) return ADDRESS_RANGE.read(bare(text), scope);
  const parsed = parseAddress(bare(text));
  return parsed?.family === familyOf(scope) ? string(parsed.address) : undefined;
}

function bare(text: string): string {
  return text.replaceAll(/[[\]]/g, '');
}

function writeDestination({ address, port }: Nat): string | undefined {
  const host = address === undefined ? '' : (ADDRESS_RANGE.write(address) ?? writeAddress(address));
  const ports = port === undefined ? undefined : writePorts(port);
  if (host === undefined || (port !== undefined && ports === undefined)) return undefined;
  if (ports === undefined) return host === '' ? undefined : host;
  return host.includes(':') ? `[${host.replace('-', ']-[')}]:${ports}` : `${host}:${ports}`;
}

function onlyNat(
  effects: readonly { readonly kind: string }[],
  type: Nat['type'],
  prefix: boolean,
): Nat | undefined {
  const [first, ...rest] = effects as readonly Nat[];
  if (first?.kind !== 'nat' || rest.length > 0 || first.type !== type) return undefined;
  return (first.prefix === true) === prefix ? first : undefined;
}

/** DNAT and SNAT: `--to-destination`, `--to-source`. */
function translation(name: string, option: string, type: 'dnat' | 'snat'): TargetExtension {
  return {
    name,
    options: { [option]: 1, ...FLAG_OPTIONS },
    read: (uses, scope) => {
      const targets = uses.filter((one) => one.name === option);
      const destination = readDestination(targets[0]?.args[0] ?? '', scope);
      if (destination === undefined || targets.length !== 1) return undefined;
      return [{ kind: 'nat', type, ...destination, flags: readFlags(uses) }];
    },
    write: (effects) => {
      const nat = onlyNat(effects, type, false);
      const text = nat === undefined ? undefined : writeDestination(nat);
      const flags = nat === undefined ? undefined : writeFlags(nat.flags);
      return text === undefined || flags === undefined ? undefined : [use(option, text), ...flags];
    },
  };
}

/** MASQUERADE and REDIRECT: an address of the interface, and perhaps ports. */
function interfaceTranslation(name: string, type: 'masquerade' | 'redirect'): TargetExtension {
  return {
    name,
    options: { '--to-ports': 1, ...FLAG_OPTIONS },
    read: (uses) => {
      const ports = argumentOf(uses, '--to-ports');
      const port = ports === undefined ? undefined : readPorts(ports);
      if (ports !== undefined && port === undefined) return undefined;
      return [{ kind: 'nat', type, ...(port === undefined ? {} : { port }), flags: readFlags(uses) }];
    },
    write: (effects) => {
      const nat = onlyNat(effects, type, false);
      const flags = nat === undefined ? undefined : writeFlags(nat.flags);
      if (nat === undefined || flags === undefined || nat.address !== undefined) return undefined;
      if (nat.port === undefined) return flags;
      const ports = writePorts(nat.port);
      return ports === undefined ? undefined : [use('--to-ports', ports), ...flags];
    },
  };
}

/** Which side it translates is the hook's to say: read as dnat, and turned to snat where only those hooks lead to it. */
const NETMAP: TargetExtension = {
  name: 'NETMAP',
  options: { '--to': 1 },
  read: (uses, scope) => {
    const prefix = parsePrefix(argumentOf(uses, '--to') ?? '');
    if (prefix?.family !== familyOf(scope)) return undefined;
    const address: Expression = { kind: 'prefix', prefix: networkOf(prefix) };
    return [{ kind: 'nat', type: 'dnat', address, flags: [], prefix: true }];
  },
  write: (effects) => {
    const nat = onlyNat(effects, 'dnat', true) ?? onlyNat(effects, 'snat', true);
    return nat?.address?.kind === 'prefix' ? [use('--to', formatPrefix(nat.address.prefix))] : undefined;
  },
};

export const NAT_TARGETS = [
  translation('DNAT', '--to-destination', 'dnat'),
  translation('SNAT', '--to-source', 'snat'),
  interfaceTranslation('MASQUERADE', 'masquerade'),
  interfaceTranslation('REDIRECT', 'redirect'),
  NETMAP,
];
