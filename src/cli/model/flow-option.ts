import { nearest } from '../../config/nearest.ts';
import type { Site } from '../../config/site.ts';
import type { Address } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import { familyName } from '../../net/family.ts';
import { isNamed, nameOf } from '../../net/interface-pattern.ts';
import { parseWord } from '../../net/mark.ts';
import { parsePortRange } from '../../net/port-range.ts';
import { parseAddress, parsePrefix, prefixContains } from '../../net/prefix.ts';
import type { Flow } from '../../trace/flow.ts';
import { hasPorts, protocolNumber } from '../../trace/protocol.ts';
import { textOption } from '../arguments.ts';
import type { Arguments, OptionSpec } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { hostBehind } from './host-behind.ts';

/** The options that describe a flow. */
export const FLOW_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  in: {
    type: 'string',
    valueName: 'DEVICE',
    describe: 'the interface it comes in by; default: that of --src, else the first of lan in the site',
  },
  out: { type: 'boolean', describe: 'the router’s own connection' },
  src: { type: 'string', valueName: 'ADDRESS', describe: 'source; default: a host behind that interface' },
  dst: { type: 'string', valueName: 'ADDRESS', describe: 'destination; must be given' },
  proto: { type: 'string', valueName: 'NAME', describe: 'protocol; default: tcp' },
  sport: {
    type: 'string',
    valueName: 'PORT',
    describe: 'source port; default: any from 1024 on, with --out any that the kernel gives',
  },
  dport: { type: 'string', valueName: 'PORT', describe: 'destination port; default: 443 for tcp and udp' },
  mark: {
    type: 'string',
    valueName: 'WORD',
    describe: 'mark it arrives with, or its socket has; or unknown',
  },
  connmark: {
    type: 'string',
    valueName: 'WORD',
    describe: 'the connection is known, is not translated, and has this mark',
  },
};

const DEFAULT_PORT = 443;

/** The flow the options describe, with what they leave open filled in from the state. Throws UsageError. */
export function flowOption(args: Arguments, state: KernelState, site: Site | undefined): Flow {
  const goal = textOption(args, 'dst');
  const destination = parseAddress(goal ?? '');
  if (destination === undefined)
    throw new UsageError(
      `--dst needs the address the flow goes to${goal === undefined ? '' : `; "${goal}" is none`}`,
    );
  const { family } = destination;
  const named = textOption(args, 'src');
  const source = named === undefined ? undefined : parseAddress(named);
  if (named !== undefined && source?.family !== family)
    throw new UsageError(`--src ${named} is no ${familyName(family)} address, as --dst is`);
  const entry = args.out === true ? undefined : entryOf(args, state, site, source?.address);
  const from = source?.address ?? (entry === undefined ? undefined : hostBehind(state, entry, family));
  return {
    family,
    ...(entry === undefined ? {} : { in: entry }),
    ...(from === undefined ? {} : { source: from }),
    destination: destination.address,
    ...transport(args, family),
    ...marks(args),
  };
}

function transport(
  args: Arguments,
  family: Flow['family'],
): Pick<Flow, 'protocol' | 'sourcePort' | 'destinationPort'> {
  const word = (textOption(args, 'proto') ?? 'tcp').toLowerCase();
  const protocol = family === 'ipv6' && word === 'icmp' ? 'icmpv6' : word;
  const number = protocolNumber(protocol);
  if (number === undefined) throw new UsageError(unknownProtocol(word));
  for (const name of ['sport', 'dport'])
    if (args[name] !== undefined && !hasPorts(number))
      throw new UsageError(`--${name}: the protocol ${word} has no ports`);
  const sport = port(args, 'sport');
  const dport = port(args, 'dport') ?? (protocol === 'tcp' || protocol === 'udp' ? DEFAULT_PORT : undefined);
  return {
    protocol: /^\d+$/.test(protocol) ? Number(protocol) : protocol,
    ...(sport === undefined ? { fromProgram: true } : { sourcePort: sport }),
    ...(dport === undefined ? {} : { destinationPort: dport }),
  };
}

const PROTOCOLS = ['tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'dccp', 'udplite', 'gre', 'esp', 'ah'];

function unknownProtocol(word: string): string {
  const meant = nearest(word, PROTOCOLS);
  const hint = meant === undefined ? 'a name such as udp or gre, or its number' : `did you mean ${meant}?`;
  return `--proto ${word}: unknown protocol; ${hint}`;
}

function port(args: Arguments, name: string): number | undefined {
  const text = textOption(args, name);
  if (text === undefined) return undefined;
  const range = parsePortRange(text);
  if (range === undefined || range.from !== range.to)
    throw new UsageError(`--${name} needs one port, 1 to 65535`);
  return range.from;
}

function marks(args: Arguments): Pick<Flow, 'mark' | 'connmark'> {
  const word = (name: string, text: string): number => {
    // As in a site.
    if (/^0\d/.test(text))
      throw new UsageError(`--${name} ${text}: it is octal to some programs and decimal to others`);
    const value = parseWord(text);
    if (value === undefined) throw new UsageError(`--${name} needs a number of 32 bits, such as 0x1000000`);
    return value;
  };
  const mark = textOption(args, 'mark');
  const connmark = textOption(args, 'connmark');
  return {
    ...(mark === undefined ? {} : { mark: mark === 'unknown' ? mark : word('mark', mark) }),
    ...(connmark === undefined ? {} : { connmark: word('connmark', connmark) }),
  };
}

/** As named, else where the source lives, else the first inside interface that is there. */
function entryOf(
  args: Arguments,
  state: KernelState,
  site: Site | undefined,
  source: string | undefined,
): string {
  const named = textOption(args, 'in');
  if (named !== undefined) {
    if (state.links.length > 0 && !state.links.some((link) => link.name === named))
      throw new UsageError(`--in ${named}: there is no such interface; there are ${deviceNames(state)}`);
    return named;
  }
  const home = source === undefined ? undefined : addressBeside(state, source)?.device;
  const lan = state.links.find((link) => site?.lan.some((name) => isNamed(name, link.name)))?.name;
  const inside = site?.lan.map(nameOf)[0];
  const entry = home ?? lan ?? inside;
  if (entry === undefined)
    throw new UsageError('--in DEVICE says where the flow comes in, --out that it is the router’s own');
  return entry;
}

function deviceNames(state: KernelState): string {
  return state.links.map((link) => link.name).join(', ');
}

function addressBeside(state: KernelState, host: string): Address | undefined {
  const prefix = parsePrefix(host);
  return state.addresses.find(
    (one) =>
      prefix !== undefined && one.device !== 'lo' && prefixContains(one, prefix) && one.address !== host,
  );
}
