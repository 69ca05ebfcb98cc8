import type { ApplyReport } from '../../apply/apply.ts';
import type { Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import type { Actor } from '../act/actor.ts';
import type { Demand } from '../decide/decision.ts';
import { forbearance } from './forbearance.ts';

/** The way from one site to the next: a site is wanted at once, and adopted when its turn comes. */
export interface Adoption {
  /** A later site takes the place of one that is not adopted yet. */
  want(site: Site): void;
  /** Whether a site is wanted that the kernel is not at yet. */
  isOwed(): boolean;
  /**
   * From when a site is wanted until it was tried. What somebody else applied is not asked for then: the adoption asks itself
   * once it has the lock, and then writes the same record.
   */
  isUnderWay(): boolean;
  /** Adopts what is wanted, if anything. Throws when the machine does not take it. */
  run(): Promise<void>;
}

export interface AdoptionListener {
  demand(): Demand;
  /** Nothing is begun any more. */
  isClosed(): boolean;
  /** It was refused for now, perhaps for a device that goes: it is to be tried again. */
  again(): void;
  adopted(report: ApplyReport): void;
  /** The machine does not take it; the kernel stays at this site. */
  refused(staying: Site): void;
}

export function adoption(
  host: Host,
  actor: Pick<Actor, 'adopt' | 'site'>,
  listener: AdoptionListener,
): Adoption {
  const newPatience = () => forbearance(host, listener.again);
  let wanted: Site | undefined;
  let patience = newPatience();
  let isUnderWay = false;
  const adoptWanted = async (): Promise<void> => {
    const [next, staying] = [wanted, actor.site()];
    if (next === undefined || listener.isClosed()) return;
    const report = await actor.adopt(next, listener.demand()).catch((error: unknown) => {
      // A later one has its turn next.
      if (wanted !== next) throw error;
      if (patience.bears()) return undefined;
      wanted = undefined;
      listener.refused(staying);
      throw error;
    });
    // It is tried again, or somebody else came first, as the next look tells.
    if (report === undefined) return;
    if (wanted === next) wanted = undefined;
    listener.adopted(report);
  };
  return {
    want: (site) => {
      wanted = site;
      isUnderWay = true;
      patience = newPatience();
    },
    isOwed: () => wanted !== undefined,
    isUnderWay: () => isUnderWay,
    run: () => {
      isUnderWay = true;
      return adoptWanted().finally(() => {
        isUnderWay = false;
      });
    },
  };
}
