import type { Host } from '../../host/host.ts';
import { type Following, follow } from './follow.ts';
import { type LinkLine, parseLinkLine } from './link-line.ts';
import { settleDown } from './settle-down.ts';

export interface Watch {
  stop(): void;
}

export interface WatchListener {
  /** At once, from the line itself. */
  link(line: LinkLine): void;
  /** Something about links, addresses, routes or policy rules is another. */
  routing(): void;
  /** Something about rulesets is another, and who made it so where the kernel says. */
  rulesets(by: string | undefined): void;
  /** Whether this process makes changes that are no news. */
  isOwnChild(pid: number): boolean;
  /** Nobody tells of these; it is time to look for oneself. */
  look(): void;
}

/** A router with full tables hears thousands of routes a minute, of which none may be its own. */
const ROUTING_PAUSE_MS = 100;

/** Programs that manage rules of their own (containers, bans) change them often. */
const RULESETS_PAUSE_MS = 250;

/**
 * Nobody tells of changes to sysctls, files and iptables-legacy, and they are to be put back within a second: this leaves a
 * quarter of it to do so. To look costs two processes with iptables-legacy, and so it is done no more often.
 */
export const LOOK_MS = 750;

/** `# new generation 5 by process 1234 (nft)` */
const GENERATION = /^# new generation \d+ by process (\d+) \((.*)\)$/;

/** One `ip` and one `nft` that listen. */
export function startWatch(host: Host, listener: WatchListener): Watch {
  let by: string | undefined;
  const routing = settleDown(host, ROUTING_PAUSE_MS, listener.routing);
  const rulesets = settleDown(host, RULESETS_PAUSE_MS, () => {
    listener.rulesets(by);
    by = undefined;
  });
  const objects = ['link', 'address', 'route', 'rule'];
  const followings: readonly Following[] = [
    follow(host, 'ip', ['-o', 'monitor', ...objects], {
      missed: routing.touch,
      line: (line) => {
        const link = parseLinkLine(line);
        if (link !== undefined) listener.link(link);
        routing.touch();
      },
    }),
    follow(host, 'nft', ['monitor'], {
      missed: rulesets.touch,
      line: (line) => {
        const [, pid, name] = GENERATION.exec(line) ?? [];
        if (pid !== undefined && !listener.isOwnChild(Number(pid))) by = `${name} (pid ${pid})`;
        rulesets.touch();
      },
    }),
  ];
  let stopLooking = (): void => {};
  const look = (): void => {
    stopLooking = host.after(LOOK_MS, look);
    listener.look();
  };
  stopLooking = host.after(LOOK_MS, look);
  return {
    stop: () => {
      stopLooking();
      routing.stop();
      rulesets.stop();
      for (const following of followings) following.stop();
    },
  };
}
