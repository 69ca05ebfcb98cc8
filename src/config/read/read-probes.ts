import type { Family } from '../../net/family.ts';
import { parsePortRange } from '../../net/port-range.ts';
import { parseAddress } from '../../net/prefix.ts';
import type { Span } from '../../net/span.ts';
import { DEFAULT_DNS_QUERY, DEFAULT_HTTP_STATUS } from '../defaults.ts';
import { HOST_NAME } from '../schema/leaf.ts';
import type { Gateway, Probe } from '../site.ts';
import { child, itemsOf, scalarsOf, type YamlEntry, type YamlNode, type YamlScalar } from '../yaml-node.ts';
import { domainName } from './domain-name.ts';
import { hostAddressOf, isYes, lacksFamily, numberAt, numeralOf, scalarAt } from './read-values.ts';
import { originOf, type Reading, report } from './reading.ts';

const KINDS: readonly string[] = ['ping', 'dns', 'http', 'tcp', 'arp', 'command'];

/** Keys that go with one kind alone. */
const COMPANIONS: Readonly<Record<string, string>> = {
  query: 'dns',
  answer: 'dns',
  expect: 'http',
  body: 'http',
};

const HOST = new RegExp(`^${HOST_NAME}$`);

/** What a probe must fit. */
export interface ProbedWan {
  readonly families: readonly Family[];
  readonly gateway: Readonly<Record<Family, Gateway>>;
}

export function readProbes(reading: Reading, profile: YamlNode, wan: ProbedWan): readonly Probe[] {
  return itemsOf(child(profile, 'probes')).flatMap((item) => {
    if (item.kind !== 'map') return [];
    const kinds = item.entries.filter((entry) => KINDS.includes(entry.key.value));
    const [kind, second] = kinds;
    if (kind === undefined) {
      if (item.pruned !== true) report(reading, item.span, `a probe needs one of ${KINDS.join(', ')}`);
      return [];
    }
    if (second !== undefined)
      report(reading, second.key.span, `one probe cannot be ${kind.key.value} and ${second.key.value}`);
    checkCompanions(reading, item.entries, kind.key.value);
    return readProbe(reading, item, kind, wan) ?? [];
  });
}

function checkCompanions(reading: Reading, entries: readonly YamlEntry[], kind: string): void {
  for (const { key } of entries) {
    const owner = COMPANIONS[key.value];
    if (owner !== undefined && owner !== kind)
      report(reading, key.span, `${key.value} goes with ${owner}, not with ${kind}`);
  }
}

function readProbe(reading: Reading, item: YamlNode, kind: YamlEntry, wan: ProbedWan): Probe | undefined {
  const origin = originOf(reading, item.span);
  if (kind.key.value === 'command') {
    const command = readCommand(reading, kind.value);
    return { kind: 'command', command, origin };
  }
  if (kind.value.kind !== 'scalar') return undefined;
  const { text, span } = kind.value;
  switch (kind.key.value) {
    case 'ping':
      checkHost(reading, span, text, wan);
      return { kind: 'ping', target: parseAddress(text)?.address ?? text, origin };
    case 'dns': {
      const server = hostAddressOf(reading, kind.value);
      if (server === undefined) return undefined;
      checkHost(reading, span, server.address, wan);
      const query = domainName(scalarAt(item, 'query')?.text ?? DEFAULT_DNS_QUERY);
      const answer = scalarsOf(child(item, 'answer')).flatMap(
        (scalar) => hostAddressOf(reading, scalar)?.address ?? [],
      );
      return {
        kind: 'dns',
        server: server.address,
        query,
        ...(answer.length === 0 ? {} : { answer }),
        origin,
      };
    }
    case 'http':
      return readHttp(reading, item, kind.value, wan);
    case 'tcp':
      return readTcp(reading, item, kind.value, wan);
    default:
      return readArp(reading, item, kind.value, wan);
  }
}

function readHttp(reading: Reading, item: YamlNode, url: YamlScalar, wan: ProbedWan): Probe | undefined {
  if (!URL.canParse(url.text)) {
    report(reading, url.span, `expected a URL, not "${url.text}"`);
    return undefined;
  }
  checkHost(reading, url.span, new URL(url.text).hostname.replace(/^\[(.*)\]$/, '$1'), wan);
  const body = scalarAt(item, 'body')?.text;
  return {
    kind: 'http',
    url: url.text,
    expect: numberAt(item, 'expect')?.value ?? DEFAULT_HTTP_STATUS,
    ...(body === undefined ? {} : { body }),
    origin: originOf(reading, item.span),
  };
}

function readTcp(reading: Reading, item: YamlNode, target: YamlScalar, wan: ProbedWan): Probe | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(target.text);
  const host = parts?.[1] ?? parts?.[2];
  const numeral = numeralOf(reading, target, parts?.[3] ?? '');
  if (numeral === undefined) return undefined;
  const port = parsePortRange(numeral);
  if (host === undefined || port === undefined) {
    report(reading, target.span, `expected host:port or [IPv6 address]:port, not "${target.text}"`);
    return undefined;
  }
  checkHost(reading, target.span, host, wan);
  return { kind: 'tcp', host, port: port.from, origin: originOf(reading, item.span) };
}

function readArp(reading: Reading, item: YamlNode, yes: YamlScalar, wan: ProbedWan): Probe | undefined {
  if (!isYes(yes)) report(reading, yes.span, 'leave the probe out instead');
  if (wan.families.every((family) => wan.gateway[family].kind === 'none'))
    report(reading, yes.span, 'the WAN has no gateway to ask');
  return { kind: 'arp', origin: originOf(reading, item.span) };
}

/** A literal address must be of a family the WAN has; a name may turn out to be of any. */
function checkHost(reading: Reading, span: Span, host: string, wan: ProbedWan): void {
  const address = parseAddress(host);
  if (address !== undefined && !wan.families.includes(address.family))
    report(reading, span, lacksFamily(host, address.family));
  if (address === undefined && !HOST.test(host))
    report(reading, span, `"${host}" is neither an address nor a host name`);
}

/** A list of words, or one program without arguments: nothing is split by a shell. */
function readCommand(reading: Reading, node: YamlNode): readonly string[] {
  if (node.kind === 'scalar' && /\s/.test(node.text)) {
    const list = node.text
      .trim()
      .split(/\s+/)
      .map((word) => JSON.stringify(word));
    report(reading, node.span, 'no shell splits the command: write a list', `[${list.join(', ')}]`);
  }
  return scalarsOf(node).map((scalar) => scalar.text);
}
