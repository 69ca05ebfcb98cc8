import type { Family } from '../net/family.ts';
import { RESERVED_NAMES } from './reserved-names.ts';

/** What `init` found: a device that leads out, or may. */
export interface WanCandidate {
  readonly interface: string;
  readonly families: readonly Family[];
  /** Gateways of default routes found, by family. */
  readonly gateways: Readonly<Partial<Record<Family, string>>>;
  /** How it was found out: a route that DHCP or RA keeps, one set by hand, or a point-to-point device. */
  readonly kind: 'dynamic' | 'static' | 'point-to-point';
  readonly metered: boolean;
}

export interface TemplateInput {
  readonly wans: readonly WanCandidate[];
  readonly lan: readonly string[];
  /** Where the published schemas are, as the files are to name them; absent: no schema line. */
  readonly schemas?: { readonly site: string; readonly profile: string };
}

/** As many as an interface has. */
const NAME_LENGTH = 15;

/** The WANs' names by their interfaces, until their owner chooses better ones. */
export function wanNames(wans: readonly WanCandidate[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set(RESERVED_NAMES);
  for (const { interface: device } of wans) {
    const word = nameFor(device);
    let name = word;
    for (let next = 2; taken.has(name); next += 1)
      name = `${word.slice(0, NAME_LENGTH - `-${next}`.length)}-${next}`;
    taken.add(name);
    names.set(device, name);
  }
  return names;
}

/** The interface's name made to fit: that of a WAN begins with a letter. */
function nameFor(device: string): string {
  const word = device.replace(/[^A-Za-z0-9_-]/g, '-');
  return (/^[A-Za-z]/.test(word) ? word : `w${word}`).slice(0, NAME_LENGTH);
}

/** The text of polywan.yaml for what was found. Reads back without a diagnostic when at least one WAN was found. */
export function siteTemplate(input: TemplateInput): string {
  const names = wanNames(input.wans);
  return [
    ...schemaLine(input.schemas?.site),
    '# The uplinks of this router. Every key: man polywan.yaml; check with: polywan plan',
    'version: 1',
    '',
    '# Inside interfaces. `br+` would stand for every name that begins with br.',
    input.lan.length === 0 ? '# lan: [lan0]' : `lan: [${input.lan.map(quote).join(', ')}]`,
    '',
    '# One file for each ISP.',
    'profiles:',
    ...[...names.values()].map((name) => `  - profiles/${name}.yaml`),
    '',
    '# Who carries new connections. Members of tier 2 wait until no member of tier 1 is up; within a tier the weights',
    '# say how connections are shared.',
    'policies:',
    '  balanced:',
    '    members:',
    ...input.wans.map(
      (wan) =>
        `      - { wan: ${quote(names.get(wan.interface) ?? '')}, ${wan.metered ? 'tier: 2' : 'weight: 1'} }`,
    ),
    '    last_resort: unreachable      # when none is up: unreachable | blackhole | main',
    '    # sticky: 10m                 # one client keeps its WAN',
    '    # failback_after: 60s         # how long a WAN that returned must be healthy',
    '',
    "# The router's own connections. Without this line they follow the main routing table.",
    '# local_traffic: balanced',
    '',
    '# The first rule that matches takes the connection.',
    'steering:',
    '  # - { name: nas, source: 172.17.0.2, protocol: tcp, destination_port: 443, policy: balanced }',
    '  - { name: rest, policy: balanced }',
    '',
  ].join('\n');
}

/** The text of the profile of one of the WANs. */
export function profileTemplate(
  candidate: WanCandidate,
  { wans, schemas }: Pick<TemplateInput, 'wans' | 'schemas'>,
): string {
  return [
    ...schemaLine(schemas?.profile),
    `# The ISP on ${candidate.interface}. Every key: man polywan.yaml`,
    `name: ${quote(wanNames(wans).get(candidate.interface) ?? '')}`,
    `interface: ${quote(candidate.interface)}`,
    ...gatewayLines(candidate),
    `families: ${familiesWord(candidate.families)}`,
    '',
    "# Translates inside addresses to the WAN's own: yes | no | ipv4 | ipv6",
    ...masqueradeLines(candidate, wans),
    '# sources: [172.17.0.0/16]        # only these',
    '# port_forwards: [{ protocol: tcp, port: 2222, to: 172.17.0.2:22 }]',
    ...(candidate.metered ? ['', '# Paid by volume.', 'metered: true'] : []),
    '',
    '# How the WAN is watched while polywan monitor runs: hosts behind the ISP that answer, better two than one, and some of',
    '# each family that matters.',
    '# probes: [{ ping: 203.0.113.1 }, { ping: 198.51.100.1 }]',
    '# health: { interval: 500ms, fall: 4, rise: 10 }',
    '',
  ].join('\n');
}

/** Each ISP drops what has not its own IPv6 prefix, and hosts know nothing of the choice that is made for them here. */
function masqueradeLines({ families }: WanCandidate, wans: readonly WanCandidate[]): string[] {
  const ipv4 = families.includes('ipv4');
  const choosesIpv6 = wans.filter((wan) => wan.families.includes('ipv6')).length > 1;
  if (!choosesIpv6 || !families.includes('ipv6')) return [`masquerade: ${ipv4 ? 'ipv4' : 'no'}`];
  return [
    "# IPv6 too: with several ISPs, each drops addresses of another's prefix (nptv6 would swap the prefix alone).",
    `masquerade: ${ipv4 ? 'yes' : 'ipv6'}`,
  ];
}

function schemaLine(path: string | undefined): string[] {
  return path === undefined ? [] : [`# yaml-language-server: $schema=${path}`];
}

function gatewayLines(candidate: WanCandidate): string[] {
  switch (candidate.kind) {
    case 'dynamic':
      return ['# Follows what DHCP and router advertisements say.', 'gateway: auto'];
    case 'point-to-point':
      return ['# Point-to-point: packets go to the device.', 'gateway: none'];
    case 'static': {
      const entries = Object.entries(candidate.gateways).map(
        ([family, address]) => `${family}: ${quote(address)}`,
      );
      return entries.length === 0 ? ['gateway: auto'] : [`gateway: { ${entries.join(', ')} }`];
    }
  }
}

function familiesWord(families: readonly Family[]): string {
  if (families.includes('ipv4') && families.includes('ipv6')) return 'both';
  return families.includes('ipv6') ? 'ipv6' : 'ipv4';
}

/** Plain where YAML takes it as text, else in quotes, within which YAML escapes as JSON does. */
function quote(word: string): string {
  const isPlain =
    /^[A-Za-z][A-Za-z0-9_./+-]*$/.test(word) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(word);
  return isPlain || /^\d+\.\d+\.\d+\.\d+$/.test(word) ? word : JSON.stringify(word);
}
