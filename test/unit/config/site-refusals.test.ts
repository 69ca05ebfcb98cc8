import { refusesInSite } from './refuses.ts';

refusesInSite([
  [
    'a colon without a key',
    'backend: auto # a: b\n# c: d\n\n: x\nhooks: { : y }',
    '7:1: unknown key ""',
    '8:10: unknown key ""',
  ],
  ['an unknown key', 'steerin: []', '4:1: unknown key "steerin" (steering)'],
  [
    'an unknown enum word',
    'backend: nftable',
    '4:10: expected auto, nftables or iptables, not "nftable" (nftables)',
  ],
  ['a mask of 0', 'mark_mask: 0', '4:12: a mask of 0 holds no mark'],
  ['a mask with a gap', 'mark_mask: 0xf0f', '4:12: the bits of 0xf0f do not stand together'],
  [
    'a mask beyond 32 bits',
    'mark_mask: "0x1ff000000"',
    '4:13: expected a mask such as 0xff000000, not "0x1ff000000"',
  ],
  ['a mask too small for the WANs', 'mark_mask: 0x6', '4:12: mark_mask 0x6 holds 1 WAN, but there are 2'],
  ['a leading zero', 'mark_mask: 0377', '4:12: 0377 is octal to some programs and decimal to others'],
  [
    'a quoted leading zero',
    'mark_mask: "0377"',
    '4:13: 0377 is octal to some programs and decimal to others',
  ],
  ['a band that begins at 0', 'priority: 0', '4:11: expected a whole number from 1 to 28766, not "0"'],
  [
    'a band that reaches main',
    'priority: 28767',
    '4:11: expected a whole number from 1 to 28766, not "28767"',
  ],
  [
    'an unknown policy of local traffic',
    'local_traffic: balancd',
    '4:16: unknown policy "balancd" (balanced)',
  ],
  [
    'a missing profile file',
    'profiles: [profiles/fibre.yaml, profiles/cable.yaml]',
    '4:12: no such file: profiles/fibre.yaml (profiles/fiber.yaml)',
  ],
  [
    'a profile listed twice',
    'profiles: [profiles/fiber.yaml, profiles/cable.yaml, ./profiles/fiber.yaml]',
    '4:54: "./profiles/fiber.yaml" is listed twice',
  ],
  ['a key given twice', 'priority: 9\npriority: 10', '5:1: "priority" is given twice'],
  ['an empty list', 'steering: []', '4:11: expected a list of steering rules, not an empty list'],
]);
