import { FAMILIES, type Family } from '../../net/family.ts';
import { isEverything, type Prefix } from '../../net/prefix.ts';
import { isRefused } from '../is-refused.ts';
import { MAX_UID } from '../max-uid.ts';
import { nearest } from '../nearest.ts';
import { DSCP_PHRASE, PORT_PROTOCOLS, PROTOCOLS } from '../schema/steering-schema.ts';
import type { SteeringMatch, SteeringRule } from '../site.ts';
import { child, itemsOf, type YamlNode } from '../yaml-node.ts';
import { domainName } from './domain-name.ts';
import { DSCP_NAMES, parseDscp } from './parse-dscp.ts';
import { readEntry } from './read-entry.ts';
import { matchingOf, type ReadMatching, readMatching } from './read-matching.ts';
import { located, numeralOf, portsOf, prefixOf, scalarAt } from './read-values.ts';
import { checkReference, type Names, originOf, type Reading, report } from './reading.ts';

export function readSteering(
  reading: Reading,
  site: YamlNode,
  policies: Names,
  lan: readonly string[],
): readonly SteeringRule[] {
  const seen = new Set<string>();
  return itemsOf(child(site, 'steering')).flatMap((item, index) => {
    const written = scalarAt(item, 'name');
    const name = written?.text ?? `rule-${index + 1}`;
    if (seen.has(name)) report(reading, written?.span ?? item.span, `a second steering rule "${name}"`);
    seen.add(name);
    const match = readMatch(reading, item, lan);
    const policy = scalarAt(item, 'policy');
    if (policy === undefined) return [];
    checkReference(reading, located(policy), policies);
    return [{ name, origin: originOf(reading, item.span), match, policy: policy.text }];
  });
}

function readMatch(reading: Reading, item: YamlNode, lan: readonly string[]): SteeringMatch {
  const rule = new Map<keyof SteeringMatch, unknown>();
  const set = <T>(key: keyof SteeringMatch, read: ReadMatching<T> | undefined) => {
    if (read !== undefined) rule.set(key, matchingOf(read));
  };
  const incoming = readIn(reading, child(item, 'in'), lan);
  set('in', incoming);
  const prefixes = (key: string) =>
    readMatching(reading, child(item, key), (text, scalar) => prefixOf(reading, scalar, text));
  const source = prefixes('source');
  const destination = prefixes('destination');
  const family = scalarAt(item, 'family')?.text;
  set('source', source);
  set('destination', destination);
  checkFamilies(reading, family, source, destination);
  const protocol = readProtocol(reading, item);
  set('protocol', protocol);
  const ports = (key: string) =>
    readMatching(reading, child(item, key), (text, scalar) => portsOf(reading, scalar, text));
  set('sourcePort', ports('source_port'));
  set('destinationPort', ports('destination_port'));
  checkPorts(reading, item, protocol);
  set(
    'mac',
    readMatching(reading, child(item, 'mac'), (text) => text.toLowerCase()),
  );
  set('dscp', readDscp(reading, item));
  set('uid', readUid(reading, item));
  set(
    'set',
    readMatching(reading, child(item, 'set'), (text) => text),
  );
  set('domain', readMatching(reading, child(item, 'domain'), domainName));
  checkRouter(reading, item, incoming);
  if (family === 'ipv4' || family === 'ipv6') rule.set('family', family);
  return Object.fromEntries(rule) as SteeringMatch;
}

/** `router`, alone, or interfaces that `lan` has; what is neither is left out. */
function readIn(
  reading: Reading,
  node: YamlNode | undefined,
  lan: readonly string[],
): ReadMatching<string> | undefined {
  const incoming = readMatching(reading, node, (text, scalar) => readEntry(reading, scalar, lan, text));
  for (const { value, scalar } of incoming?.matched ?? []) {
    if (value !== 'router') continue;
    if (incoming?.negated === true)
      report(reading, scalar.span, 'router cannot be negated: name the interfaces instead');
    else if (itemsOf(node).length > 1)
      report(reading, scalar.span, 'router stands alone: give it a rule of its own');
  }
  return incoming;
}

/** No address may be of a family that the rest of the rule rules out. */
function checkFamilies(
  reading: Reading,
  family: string | undefined,
  source: ReadMatching<Prefix> | undefined,
  destination: ReadMatching<Prefix> | undefined,
): void {
  let possible: readonly Family[] = FAMILIES.filter((each) => family === undefined || each === family);
  let reason = `the rule is ${family}`;
  for (const [key, read] of [
    ['source', source],
    ['destination', destination],
  ] as const) {
    const found = new Set<Family>();
    for (const { value, scalar } of read?.matched ?? []) {
      found.add(value.family);
      if (!possible.includes(value.family))
        report(reading, scalar.span, `an ${value.family} ${key} can never match: ${reason}`);
    }
    if (read?.negated === true) {
      for (const { value, scalar } of read.matched.filter((each) => isEverything(each.value))) {
        possible = possible.filter((each) => each !== value.family);
        const left = `no ${value.family} ${key} is left`;
        if (possible.length === 0)
          report(reading, scalar.span, `the rule can never match: ${left}, and ${reason}`);
        reason = left;
      }
    }
    if (read === undefined || read.negated || found.size !== 1) continue;
    reason = `the ${key} is ${[...found].join()}`;
    possible = possible.filter((each) => found.has(each));
  }
}

function readProtocol(reading: Reading, item: YamlNode): ReadMatching<string> | undefined {
  return readMatching(reading, child(item, 'protocol'), (text, scalar) => {
    if ((PROTOCOLS as readonly string[]).includes(text)) return text;
    report(reading, scalar.span, `unknown protocol "${text}"`, nearest(text, PROTOCOLS));
    return undefined;
  });
}

/** What was refused is no longer in `protocol`: it may be meant to be one with ports. */
function checkPorts(reading: Reading, item: YamlNode, protocol: ReadMatching<string> | undefined): void {
  if (item.kind !== 'map' || (protocol === undefined && item.pruned === true)) return;
  if (protocol?.negated === false && protocol.matched.every(({ value }) => PORT_PROTOCOLS.includes(value)))
    return;
  for (const { key } of item.entries)
    if (key.value === 'source_port' || key.value === 'destination_port')
      report(reading, key.span, `${key.value} needs a protocol with ports: ${PORT_PROTOCOLS.join(', ')}`);
}

function readDscp(reading: Reading, item: YamlNode): ReadMatching<number> | undefined {
  return readMatching(reading, child(item, 'dscp'), (text, scalar) => {
    const numeral = numeralOf(reading, scalar, text);
    if (numeral === undefined) return undefined;
    const dscp = parseDscp(numeral);
    if (dscp === undefined)
      report(reading, scalar.span, `expected ${DSCP_PHRASE}, not "${text}"`, nearest(text, DSCP_NAMES));
    return dscp;
  });
}

function readUid(reading: Reading, item: YamlNode): ReadMatching<number> | undefined {
  return readMatching(reading, child(item, 'uid'), (text, scalar) => {
    const numeral = numeralOf(reading, scalar, text);
    if (numeral === undefined) return undefined;
    const uid = Number(numeral);
    if (uid <= MAX_UID) return uid;
    report(reading, scalar.span, `expected a user's number up to ${MAX_UID}, not "${text}"`);
    return undefined;
  });
}

/** Owners are known only for the router's own packets, Ethernet senders only for those of others. */
function checkRouter(reading: Reading, item: YamlNode, incoming: ReadMatching<string> | undefined): void {
  const isRouter = incoming?.negated === false && incoming.matched.some(({ value }) => value === 'router');
  // What was refused may be meant to be the router.
  const mayBeRouter = isRouter || incoming?.matched.length === 0 || isRefused(item, 'in');
  if (item.kind !== 'map') return;
  for (const { key } of item.entries) {
    if (key.value === 'uid' && !mayBeRouter) report(reading, key.span, 'uid needs in: router');
    if (key.value === 'mac' && isRouter)
      report(reading, key.span, "the router's own connections have no mac");
  }
}
