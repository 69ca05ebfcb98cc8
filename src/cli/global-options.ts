import type { OptionSpec } from './command.ts';

export const DEFAULT_CONFIG = '/etc/polywan/polywan.yaml';

/** Every command takes these. */
export const GLOBAL_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  config: {
    type: 'string',
    alias: 'c',
    valueName: 'FILE',
    describe: 'the site to work on',
    default: DEFAULT_CONFIG,
  },
  'no-color': { type: 'boolean', describe: 'print without colour; so does the variable NO_COLOR' },
  help: { type: 'boolean', alias: 'h', describe: 'print how a command is used, with examples' },
  version: { type: 'boolean', describe: 'print the version' },
};
