import type { Command } from './command.ts';

/** A command as the overview shows it; its code is loaded when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Runs until it is stopped. */
  readonly stays?: true;
  load(): Promise<Command>;
}

/** In the order of a first evening with polywan. A test compares names and summaries with the commands' own. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'write a commented site and profiles from what this machine has',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'lint',
    summary: 'check rulesets, sites and profiles for what breaks connections',
    load: async () => (await import('./commands/lint.ts')).lint,
  },
  {
    name: 'explain',
    summary: 'say what a check of lint is about, or a setting',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'plan',
    summary: 'say what apply would change on this machine',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    name: 'render',
    summary: 'print what ip, nft or iptables and sysctl would be fed',
    load: async () => (await import('./commands/render.ts')).render,
  },
  {
    name: 'apply',
    summary: 'make this machine what the site says, in one transaction',
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  {
    name: 'confirm',
    summary: 'keep what apply --confirm has changed',
    load: async () => (await import('./commands/confirm.ts')).confirm,
  },
  {
    name: 'rollback',
    summary: 'go back to before an apply that is not confirmed, or was cut off',
    load: async () => (await import('./commands/rollback.ts')).rollback,
  },
  {
    name: 'monitor',
    summary: 'watch every WAN, move traffic when one fails, and put back what others take away',
    stays: true,
    load: async () => (await import('./commands/monitor.ts')).monitor,
  },
  {
    name: 'status',
    summary: 'show the health of the WANs, what is applied, and whether the machine still matches it',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'wan',
    summary: 'say that a WAN is up or down, whatever its probes say, or leave it to them again',
    load: async () => (await import('./commands/wan.ts')).wan,
  },
  {
    name: 'log',
    summary: 'print what the monitor saw and did: transitions, repairs, resets',
    load: async () => (await import('./commands/log.ts')).log,
  },
  {
    name: 'remove',
    summary: 'take away everything polywan owns, and nothing else',
    load: async () => (await import('./commands/remove.ts')).remove,
  },
  {
    name: 'trace',
    summary: 'follow a flow: which way it goes, why, and whether it stays there',
    load: async () => (await import('./commands/trace.ts')).trace,
  },
  {
    name: 'verify',
    summary: 'trace every failure of WANs for every steering rule, and check what the site expects',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'rehearse',
    summary: 'try the site with real packets in disposable network namespaces',
    load: async () => (await import('./commands/rehearse.ts')).rehearse,
  },
  {
    name: 'replay',
    summary: 'run a recording of the monitor through other thresholds',
    load: async () => (await import('./commands/replay.ts')).replay,
  },
  {
    name: 'snapshot',
    summary: 'write this machine’s routing and firewall state as one JSON file',
    load: async () => (await import('./commands/snapshot.ts')).snapshot,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a site, a profile or lint’s settings',
    load: async () => (await import('./commands/schema.ts')).schema,
  },
  {
    name: 'completion',
    summary: 'print the completion script for bash',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];
