import { expect, it } from 'vitest';
import { unwatchedText } from '../../../src/cli/format/unwatched.ts';

it('without a monitor every WAN counts as up, but for those that the last one left down', () => {
  expect(unwatchedText([], {}, 80)).toBe(
    'no monitor is running: nothing is watched, and every WAN counts as up\n',
  );
  expect(unwatchedText(['cable', 'fiber/ipv6'], { lte: 'down' }, 200)).toBe(
    `no monitor is running: nothing is watched, and cable, fiber/ipv6 stay down until polywan apply, or until one that starts finds better
lte: an administrator says down, which will hold when a monitor starts
`,
  );
});
