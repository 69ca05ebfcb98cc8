import type { Policy, Site, Wan } from '../../config/site.ts';
import type { Sources } from '../../net/diagnostic.ts';
import { lineAt, type Span } from '../../net/span.ts';
import { cureText } from './way-out.ts';

/** Lines of YAML for a site or a profile. */

/** A policy's members with one more. */
export function withMember({ members }: Pick<Policy, 'members'>, added: string): string {
  const written = members.map(({ wan, weight, tier }) => {
    const more = [...(weight === 1 ? [] : [`weight: ${weight}`]), ...(tier === 1 ? [] : [`tier: ${tier}`])];
    return `{ ${[`wan: ${wan}`, ...more].join(', ')} }`;
  });
  return `members: [${[...written, `{ ${added} }`].join(', ')}]`;
}

/** Addresses that stand for hosts on the internet (RFC 5737), none of which the site asks. */
const HOSTS = ['203.0.113.1', '198.51.100.1', '192.0.2.1', '203.0.113.2', '198.51.100.2', '192.0.2.2'];

function strangerTo(site: Site): string {
  const asked = JSON.stringify(
    site.wans.map(({ probes, gateway }) => [probes.map((probe) => ({ ...probe, origin: 0 })), gateway]),
  );
  return HOSTS.find((host) => !asked.includes(`"${host}"`)) ?? '203.0.113.3';
}

/** Probes of a WAN's own: its gateway where that is written, and a host on the internet. */
export function probesFor(site: Site, wan: Wan, lead: string, kept: readonly string[] = []): string {
  const { ipv4, ipv6 } = wan.gateway;
  const gateway = ipv4.kind === 'address' ? ipv4.address : ipv6.kind === 'address' ? ipv6.address : undefined;
  const stranger = strangerTo(site);
  const targets = [...kept, ...(gateway === undefined || kept.length > 0 ? [] : [gateway]), stranger];
  const line = `probes: [${targets.map((target) => `{ ping: ${quoted(target)} }`).join(', ')}]`;
  return cureText(
    lead,
    [line],
    [`${stranger} stands for a host on the internet that answers pings and that no other WAN asks`],
  );
}

/** A colon ends a key in YAML. */
function quoted(target: string): string {
  return target.includes(':') ? `"${target}"` : target;
}

/** An item of a list as it is written, or nothing where it is more than one line. */
export function itemAt(sources: Sources, { file, start }: Span): readonly string[] {
  const text = sources.get(file);
  if (text === undefined) return [];
  const line = lineAt(text, start);
  return /^- \{.*\}$/.test(line) ? [line] : [];
}
