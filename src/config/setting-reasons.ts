import { formatDuration } from '../net/duration.ts';
import { formatWord, lowestBit } from '../net/mark.ts';
import { DEFAULT_HEALTH, DEFAULT_MARK_MASK, DEFAULT_PRIORITY, PRIORITY_BAND } from './defaults.ts';

const { intervalMs, fall, rise } = DEFAULT_HEALTH;
const every = formatDuration(intervalMs);

/** Why a default is what it is, for `polywan explain KEY`; by the key's full name in the site or a profile. */
export const SETTING_REASONS: Readonly<Record<string, readonly string[]>> = {
  mark_mask: [
    `The mark is one word of 32 bits that all programs of a machine share. ${formatWord(DEFAULT_MARK_MASK)}, the bits from ${lowestBit(DEFAULT_MARK_MASK)} on, is where the fewest of them write: Tailscale has 0xff0000, Kubernetes 0xc000, mwan3 0x3f00, pbr 0xff0000, Podman 0x2000, Docker Swarm from 0x100 up.`,
    'Where Calico (0xffff0000), Cilium (0xffff1fff) or asuswrt (0xf0000000) run too, choose other bits. wg-quick, NetBird and Mullvad write the whole word, on the packets of their own tunnels.',
    'Eight bits hold 253 WANs. A mask of its own is what makes it possible that polywan changes no bit of another program, and that a policy rule does not fail for one that another program has set.',
  ],
  priority: [
    `${DEFAULT_PRIORITY} is behind the policy rules of NetBird (105, 110), mwan3 (1001 to 3060) and Tailscale (5210 to 5270), so that their tunnels go first, and ${PRIORITY_BAND} priorities from there on end before wg-quick (32764) and the main table (32766), which has a default route: behind it nothing is asked.`,
  ],
  mark: [
    'Marks that polywan chooses stay with their WAN when others come or go, so that connections which are marked already keep their way.',
  ],
  table: [
    'Tables that polywan chooses stay with their WAN when others come or go. They hold its default route and nothing that goes stale; the main table is asked for everything else first.',
  ],
  'policies.NAME.last_resort': [
    'With main, connections whose WANs are all down go out by whatever the main table has, perhaps unencrypted or by the metered line. unreachable tells programs at once, which is quicker for people than a time-out.',
  ],
  'policies.NAME.failback_after': [
    'A line that comes back often goes again: every move costs the connections on it. A minute of health outlasts most restarts of a modem.',
  ],
  health: [
    `A probe every ${every}, and ${fall} of them without an answer: a WAN that has gone silent is left within about ${formatDuration(fall * intervalMs)}. ${rise} answers in a row bring it back, after ${formatDuration(rise * intervalMs)}. Between the thresholds of loss and of delay nothing changes, so that a line at the edge does not flap.`,
  ],
};
