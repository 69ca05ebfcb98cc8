import type { Wish } from '../apply/prepare.ts';
import type { Site } from '../config/site.ts';
import { listOption } from './arguments.ts';
import { checkDown } from './check-down.ts';
import type { Arguments, OptionSpec } from './command.ts';
import { configPath } from './load-site.ts';

/** Plans as if these WANs were down; rehearsals cut WANs with it. */
export const DOWN_OPTION: OptionSpec = {
  type: 'array',
  valueName: 'WAN',
  describe: 'plan as if this WAN, or one family of it (WAN/ipv6), were down',
  hidden: true,
};

/** The words of a call that decide what is wished for. */
export function callOf(args: Arguments): string {
  return JSON.stringify([configPath(args), listOption(args, 'down')]);
}

/** What a command that compiles a site asks for. */
export function wishOf(site: Site, args: Arguments): Wish {
  const down = listOption(args, 'down');
  checkDown(site, down);
  return { site, backend: site.backend, down };
}
