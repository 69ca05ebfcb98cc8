import { readAddresses, readLinks, readPolicyRules, readRoutes } from '../codec/ip-json.ts';
import { EMPTY_STATE, type KernelState } from '../kernel/state.ts';
import type { Family } from '../net/family.ts';
import type { IptablesFrontend } from './change.ts';
import type { FirstLook } from './first-look.ts';
import type { Machine } from './machine.ts';
import { observeIpsets, observeIptables } from './observe-iptables.ts';
import { observeNft, readListing } from './observe-nft.ts';
import { readOwnedFiles } from './owned-files.ts';
import { StepFailure } from './step-failure.ts';
import { readSysctls } from './sysctl.ts';

/** How much of the machine to read: links, addresses, policy rules and routes always are. */
export interface Look {
  readonly nft: 'own' | 'all' | 'none';
  readonly iptables: readonly IptablesFrontend[];
  /** Sets that iptables rules may name; a program of its own reads them. */
  readonly ipsets: boolean;
  readonly sysctls: readonly string[];
  readonly files: readonly string[];
}

/** This machine's state now, read side by side from everything that has a part of it; `asked` is on its way already. */
export async function observe(machine: Machine, look: Look, asked?: FirstLook): Promise<KernelState> {
  const { host } = machine;
  const [routing, nft, tables, ipsets] = await Promise.all([
    asked === undefined ? observeRouting(machine) : asked.routing.then(readRouting),
    look.nft === 'own' && asked !== undefined ? asked.nft.then(readListing) : observeNft(host, look.nft),
    observeIptables(host, look.iptables),
    look.ipsets ? observeIpsets(host) : [],
  ]);
  return {
    ...routing,
    tables: [...nft, ...tables],
    ipsets,
    sysctls: readSysctls(host, look.sysctls),
    files: readOwnedFiles(host, look.files),
  };
}

/** What `ip` of one family answers to the lines below, each a JSON text. */
export interface RoutingTexts {
  readonly family: Family;
  readonly answers: readonly string[];
}

/** `ip -4 address show` leaves out links without an address, so links are asked for by themselves. */
const LINES = ['link show', 'address show', 'rule show', 'route show table all'];

/** Links, addresses, policy rules and the routes of all tables, both families. */
export async function observeRouting(machine: Machine): Promise<KernelState> {
  return readRouting(await askRouting(machine));
}

export function askRouting(machine: Machine): Promise<readonly RoutingTexts[]> {
  return Promise.all(
    [...machine.ip].map(async ([family, ip]) => ({
      family,
      answers: await ip.ask(LINES).catch(nothingWithoutIpv6(family)),
    })),
  );
}

/** A kernel may have the folder of IPv6's sysctls and still refuse its questions; then it has nothing of it. */
function nothingWithoutIpv6(family: Family) {
  return (error: unknown): readonly string[] => {
    const refused = error instanceof StepFailure && /not supported/.test(error.said);
    if (family === 'ipv6' && refused) return LINES.map(() => '[]');
    throw error;
  };
}

export function readRouting(texts: readonly RoutingTexts[]): KernelState {
  const parts = texts.map(({ family, answers }) => {
    const [links, addresses, rules, routes] = answers.map((text): unknown => JSON.parse(text));
    return {
      links: readLinks(links),
      addresses: readAddresses(addresses).filter((address) => address.family === family),
      policyRules: readPolicyRules(family, rules),
      routes: readRoutes(family, routes),
    };
  });
  return {
    ...EMPTY_STATE,
    links: parts[0]?.links ?? [],
    addresses: parts.flatMap((part) => part.addresses),
    policyRules: parts.flatMap((part) => part.policyRules),
    routes: parts.flatMap((part) => part.routes),
  };
}
