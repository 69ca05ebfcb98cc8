import { afterAll, beforeAll, describe } from 'vitest';
import { forwardTests } from './forward-tests.ts';
import { neighbourTests } from './neighbour-tests.ts';
import { type Frontend, type RouterLab, routerLab } from './router-lab.ts';
import { siteFiles } from './site.ts';
import { steeringTests } from './steering-tests.ts';
import { survivalTests } from './survival-tests.ts';
import { transferTests } from './transfer-tests.ts';

/** Gives the running lab; it is there once the tests run. */
export type Running = () => RouterLab;

/** All packet tests with one netfilter front end, in one lab. */
export function packetSuite(frontend: Frontend): void {
  describe(`packets with ${frontend}`, () => {
    let running: RouterLab | undefined;
    const lab: Running = () => {
      if (running === undefined) throw new Error('the lab is not there');
      return running;
    };
    beforeAll(async () => {
      running = await routerLab(frontend);
      // Strict, as many distributions have it: what polywan needs otherwise it has to see to itself (kernel-facts 5.9).
      await running.sh('for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 > $f; done');
      running.write(siteFiles(frontend));
    });
    afterAll(() => running?.end());

    survivalTests(lab);
    steeringTests(lab);
    transferTests(lab);
    forwardTests(lab);
    neighbourTests(lab);
  });
}
