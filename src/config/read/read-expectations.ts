import { parseAddress } from '../../net/prefix.ts';
import { PORT_PROTOCOLS } from '../schema/steering-schema.ts';
import type { Expectation, ExpectedFlow } from '../site.ts';
import { child, itemsOf, scalarsOf, type YamlNode } from '../yaml-node.ts';
import { readEntry } from './read-entry.ts';
import { hostAddressOf, located, numberAt, scalarAt } from './read-values.ts';
import { checkReference, type Names, originOf, type Reading, report } from './reading.ts';

const LAST_RESORTS = ['unreachable', 'blackhole', 'main'];

export function readExpectations(
  reading: Reading,
  site: YamlNode,
  wans: Names,
  lan: readonly string[],
): readonly Expectation[] {
  return itemsOf(child(site, 'expect')).flatMap((item) => {
    const down = scalarsOf(child(item, 'down'));
    for (const wan of down) checkReference(reading, located(wan), wans);
    const exit = scalarAt(item, 'exit');
    if (exit !== undefined) {
      const exits = { ...wans, known: new Set([...wans.known, ...LAST_RESORTS]) };
      checkReference(reading, located(exit), exits);
      if (down.some((wan) => wan.text === exit.text))
        report(reading, exit.span, `"${exit.text}" is down and cannot be the exit`);
    }
    const flow = readFlow(reading, child(item, 'flow'), lan);
    if (flow === undefined || exit === undefined) return [];
    const origin = originOf(reading, item.span);
    return [{ origin, flow, down: down.map((wan) => wan.text), exit: exit.text }];
  });
}

function readFlow(
  reading: Reading,
  node: YamlNode | undefined,
  lan: readonly string[],
): ExpectedFlow | undefined {
  const entry = scalarAt(node, 'in');
  const incoming = entry === undefined ? undefined : readEntry(reading, entry, lan);
  const protocol = scalarAt(node, 'protocol');
  const address = (key: string) => {
    const scalar = scalarAt(node, key);
    return scalar === undefined ? undefined : hostAddressOf(reading, scalar)?.address;
  };
  const source = address('source');
  const destination = address('destination');
  checkFlow(reading, node, incoming, source, destination);
  if (incoming === undefined || protocol === undefined || destination === undefined) return undefined;
  const sourcePort = numberAt(node, 'source_port')?.value;
  const destinationPort = numberAt(node, 'destination_port')?.value;
  const uid = numberAt(node, 'uid')?.value;
  return {
    in: incoming,
    ...(source === undefined ? {} : { source }),
    destination,
    protocol: protocol.text,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destinationPort === undefined ? {} : { destinationPort }),
    ...(uid === undefined ? {} : { uid }),
  };
}

function checkFlow(
  reading: Reading,
  node: YamlNode | undefined,
  incoming: string | undefined,
  source: string | undefined,
  destination: string | undefined,
): void {
  const place = scalarAt(node, 'destination');
  const families = [source, destination].map((address) => parseAddress(address ?? '')?.family);
  if (
    place !== undefined &&
    families[0] !== undefined &&
    families[1] !== undefined &&
    families[0] !== families[1]
  )
    report(reading, place.span, `the destination is ${families[1]}, but the source is ${families[0]}`);
  if (node?.kind !== 'map') return;
  // What is missing or refused may be meant to be the router.
  const mayBeRouter = incoming === undefined || incoming === 'router';
  for (const { key } of node.entries)
    if (key.value === 'uid' && !mayBeRouter) report(reading, key.span, 'uid needs in: router');
  const protocol = scalarAt(node, 'protocol')?.text;
  if (protocol === undefined || PORT_PROTOCOLS.includes(protocol)) return;
  for (const { key } of node.entries)
    if (key.value === 'source_port' || key.value === 'destination_port')
      report(reading, key.span, `${key.value}: ${protocol} has no ports`);
}
