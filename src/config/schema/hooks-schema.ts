import { mapping, optional } from './key.ts';
import { text } from './leaf.ts';

export function hooksSchema() {
  return mapping('a mapping with up and down', {
    up: optional(text('a command'), 'Command that runs when the WAN comes up.', {
      examples: ['/etc/polywan/hooks/wan-up'],
    }),
    down: optional(text('a command'), 'Command that runs when the WAN goes down.', {
      examples: ['/etc/polywan/hooks/wan-down'],
    }),
  });
}
