import { describe, expect, it } from 'vitest';
import { withNewNames } from '../../../src/plan/renamed-slots.ts';
import { sampleWan } from './sample-site.ts';

const before = [
  { name: 'fiber', interface: 'wan0' },
  { name: 'cable', interface: 'wan1' },
];
const allocation = { slots: { fiber: 1, cable: 2 } };

/** The numbers for WANs that are named as `name@interface`. */
function slotsOf(wans: readonly string[], earlier: readonly { name: string; interface: string }[] = before) {
  const now = wans.map((wan) => {
    const [name = '', device = ''] = wan.split('@');
    return sampleWan(name, { interface: device });
  });
  return withNewNames(allocation, earlier, { wans: now }).slots;
}

describe('the number of a WAN', () => {
  it('is kept where the WAN only got another name: it is known by its interface', () => {
    expect(slotsOf(['fiber@wan0', 'coax@wan1'])).toEqual({ fiber: 1, coax: 2 });
  });

  it('goes with the name where that is still there, on whatever interface', () => {
    expect(slotsOf(['cable@wan0', 'fiber@wan1'])).toEqual(allocation.slots);
    expect(slotsOf(['cable@wan0', 'lte@wan1'])).toEqual(allocation.slots);
  });

  it('stays with the old name where the interface is another one, or has several WANs', () => {
    expect(slotsOf(['fiber@wan0', 'coax@wan2'])).toEqual(allocation.slots);
    expect(slotsOf(['fiber@wan0', 'coax@wan1', 'dsl@wan1'])).toEqual(allocation.slots);
    const shared = before.map(({ name }) => ({ name, interface: 'wan1' }));
    expect(slotsOf(['coax@wan1'], shared)).toEqual(allocation.slots);
  });
});
