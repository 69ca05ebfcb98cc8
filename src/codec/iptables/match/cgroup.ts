import { number } from '../../../kernel/expression.ts';
import { optionwise } from '../optionwise.ts';
import { WORD } from '../value.ts';

/** cgroup v2 by path, net_cls by class. */
export const CGROUP = optionwise('cgroup', [
  { name: '--path', field: { kind: 'socket', key: 'cgroupv2' }, value: WORD },
  {
    name: '--cgroup',
    field: { kind: 'meta', key: 'cgroup' },
    value: {
      read: (text) => (/^\d+$/.test(text) ? number(Number(text)) : undefined),
      write: (value) => (value.kind === 'number' ? String(value.value) : undefined),
    },
  },
]);
