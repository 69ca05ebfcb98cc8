import { readAddresses, readLinks, readPolicyRules, readRoutes } from '../codec/ip-json.ts';
import type { Host } from '../host/host.ts';
import { OWN_PROTOCOL } from '../kernel/ownership.ts';
import { EMPTY_STATE, type KernelState } from '../kernel/state.ts';
import type { Family } from '../net/family.ts';
import type { IptablesFrontend } from './change.ts';
import type { FirstLook } from './first-look.ts';
import { LINKS } from './ip-session.ts';
import { readAnswer } from './json-answer.ts';
import type { Machine } from './machine.ts';
import { observeIpsets, observeIptables } from './observe-iptables.ts';
import { observeNft, readListing } from './observe-nft.ts';
import { readForeignTableNames, readOwnedFiles } from './owned-files.ts';
import { StepFailure } from './step-failure.ts';
import { readSysctls } from './sysctl.ts';
import { refuseUnseen, type Used } from './used.ts';

/** How much of the machine to read beside links, addresses, policy rules and routes. */
export interface Look {
  readonly nft: 'own' | 'all' | 'none';
  readonly iptables: readonly IptablesFrontend[];
  /** Sets that iptables rules may name; a program of its own reads them. */
  readonly ipsets: boolean;
  /** What has to be seen: that it cannot be is refused. Other programs may be missing, and have loaded nothing then. */
  readonly used?: Used;
  readonly sysctls: readonly string[];
  readonly files: readonly string[];
  /** Also the files in which other programs and people name routing tables. */
  readonly tableNames?: boolean;
}

/** This machine's state now, read side by side from everything that has a part of it; `asked` is on its way already. */
export function observe(machine: Machine, look: Look, asked?: FirstLook): Promise<KernelState> {
  return observeWith(machine, look, readRouting(asked?.routing ?? askRouting(machine)), asked?.nft);
}

/** The same for whoever has no eyes for others: without links and addresses, and of the routes polywan's alone. */
export function observeOwn(machine: Machine, look: Look, listing?: FirstLook['nft']): Promise<KernelState> {
  return observeWith(machine, look, askOwnRouting(machine).then(readOwnRouting), listing);
}

/** The same, with the routing as somebody else asks for it. */
export async function observeWith(
  { host }: Machine,
  look: Look,
  routing: Promise<KernelState>,
  listing?: FirstLook['nft'],
): Promise<KernelState> {
  const [seen, nft, tables, ipsets, , files] = await Promise.all([
    routing,
    look.nft === 'own' && listing !== undefined ? listing.then(readListing) : observeNft(host, look.nft),
    observeIptables(host, look.iptables, look.nft === 'all' ? 'all' : 'own'),
    look.ipsets ? observeIpsets(host, look.used?.ipsets ?? false) : [],
    refuseUnseen(host, look.used),
    readFiles(host, look),
  ]);
  return { ...seen, ...files, tables: [...nft, ...tables], ipsets };
}

/** What is read while the programs answer. */
async function readFiles(host: Host, look: Look): Promise<Pick<KernelState, 'sysctls' | 'files'>> {
  return {
    sysctls: readSysctls(host, look.sysctls),
    files: [...readOwnedFiles(host, look.files), ...(look.tableNames ? readForeignTableNames(host) : [])],
  };
}

/** What `ip` of one family answers to the lines it was asked, each a JSON text. */
export interface RoutingTexts {
  readonly family: Family;
  readonly answers: readonly string[];
}

/** `ip -4 address show` leaves out links without an address. */
const LINES = [LINKS, 'address show', 'rule show', 'route show table all'];

/** The kernel goes through the routes and lists these alone: of 800, a router with 64 WANs has 64. */
const OWN_LINES = ['rule show', `route show table all protocol ${OWN_PROTOCOL}`];

/** Links, addresses, policy rules and the routes of all tables, both families. */
export function observeRouting(machine: Machine): Promise<KernelState> {
  return readRouting(askRouting(machine));
}

/** The answers of each family, which come one after the other. */
export function askRouting(machine: Machine): readonly Promise<RoutingTexts>[] {
  return askEach(machine, LINES);
}

/** polywan's own routes, and all policy rules. */
export function askOwnRouting(machine: Machine): Promise<readonly RoutingTexts[]> {
  return Promise.all(askEach(machine, OWN_LINES));
}

export function readOwnRouting(texts: readonly RoutingTexts[]): KernelState {
  const parts = texts.map(({ family, answers }) => {
    const [rules, routes] = answers.map((text) => readAnswer('ip', text));
    return {
      policyRules: readPolicyRules(family, rules),
      routes: readRoutes(family, routes, OWN_PROTOCOL),
    };
  });
  return joined(parts);
}

function askEach(machine: Machine, lines: readonly string[]): readonly Promise<RoutingTexts>[] {
  return [...machine.ip].map(async ([family, ip]) => ({
    family,
    answers: await ip.ask(lines).catch(nothingWithoutIpv6(family, lines)),
  }));
}

/** A kernel may have the folder of IPv6's sysctls and still refuse its questions; then it has nothing of it. */
function nothingWithoutIpv6(family: Family, lines: readonly string[]) {
  return (error: unknown): readonly string[] => {
    const refused = error instanceof StepFailure && /not supported/.test(error.said);
    if (family === 'ipv6' && refused) return lines.map(() => '[]');
    throw error;
  };
}

type Routing = Pick<KernelState, 'links' | 'addresses' | 'policyRules' | 'routes'>;

/** Each family's answers are read as they come, while the other's are on their way. */
async function readRouting(asked: readonly Promise<RoutingTexts>[]): Promise<KernelState> {
  return joined(await Promise.all(asked.map(async (texts) => readFamily(await texts))));
}

function readFamily({ family, answers }: RoutingTexts): Routing {
  const [links = '', addresses = '', rules = '', routes = ''] = answers;
  return {
    // They are the same in both.
    links: family === 'ipv4' ? readLinks(readAnswer('ip', links)) : [],
    addresses: readAddresses(readAnswer('ip', addresses)).filter((address) => address.family === family),
    policyRules: readPolicyRules(family, readAnswer('ip', rules)),
    routes: readRoutes(family, readAnswer('ip', routes)),
  };
}

function joined(parts: readonly Partial<Routing>[]): KernelState {
  return {
    ...EMPTY_STATE,
    links: parts.flatMap((part) => part.links ?? []),
    addresses: parts.flatMap((part) => part.addresses ?? []),
    policyRules: parts.flatMap((part) => part.policyRules ?? []),
    routes: parts.flatMap((part) => part.routes ?? []),
  };
}
