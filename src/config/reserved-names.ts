/** Words that stand for something else where a WAN may be named, or name a table of the kernel. */
export const RESERVED_NAMES: readonly string[] = [
  'main',
  'local',
  'default',
  'unspec',
  'all',
  'unreachable',
  'blackhole',
  'router',
];
