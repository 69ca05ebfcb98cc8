import type { Packet } from './path.ts';
import { isBeside } from './select-source.ts';
import { formatPoint, isPoint, type Term, termKey } from './term.ts';
import type { World } from './world.ts';

/**
 * Why the answer does not come back to this router, which alone could translate it back; undefined when it does. Who
 * sees a sender of its own network answers it directly, and the sender knows nobody of that address.
 */
export function directAnswer(first: Packet, sent: Packet, { index }: World): string | undefined {
  const { family, oif, saddr, daddr } = sent;
  const isTranslated = termKey(daddr) !== termKey(first.daddr);
  if (first.local || !isTranslated || termKey(saddr) !== termKey(first.saddr)) return undefined;
  const networks = index.addresses(family).filter(({ device }) => device === oif);
  const isHere = (address: Term) =>
    isPoint(address) && networks.some((network) => isBeside(network, address));
  if (!isPoint(saddr) || !isPoint(daddr) || !isHere(saddr) || !isHere(daddr)) return undefined;
  const [client, server] = [formatPoint(saddr, family), formatPoint(daddr, family)];
  return `${server} answers ${client} directly, past this router, and ${client} does not know it: masquerade what leaves by ${oif} for ${server}`;
}
