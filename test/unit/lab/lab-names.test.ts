import { expect, it } from 'vitest';
import { namespaceOf } from '../../../src/lab/lab-names.ts';

it('interfaces with odd letters have namespaces of their own, with letters that a file name may have', () => {
  const names = ['l-1', 'l=1', 'l@1', 'l.1'].map((lan) => namespaceOf('pw1x2x3', `lan ${lan}`));
  expect(names).toEqual(['pw1x2x3-lan-l-1', 'pw1x2x3-lan-l%3d1', 'pw1x2x3-lan-l%401', 'pw1x2x3-lan-l.1']);
});
