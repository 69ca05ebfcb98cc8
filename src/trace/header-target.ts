import type { Path } from './path.ts';
import type { World } from './world.ts';

/**
 * What targets of iptables write into a header that OUTPUT looks at: a changed type of service, and in IPv6 a changed hop
 * limit, make its mangle table route again (kernel-facts 5.2, ip6t_mangle_out).
 */
export function changeHeader(
  path: Path,
  { name, text }: { readonly name: string; readonly text: string },
  world: World,
): void {
  if (name === 'DSCP' || name === 'TOS') changeTos(path, text, world);
  if (name === 'HL') changeHopLimit(path, text);
}

/** Its value is read where it is a number. */
function changeTos(path: Path, text: string, world: World): void {
  const [, option = '', value = ''] = /--set-(dscp|tos) (0x[0-9a-f]+|\d+)(?:\/0xff)?$/i.exec(text) ?? [];
  world.variables += 1;
  const unknown = { kind: 'variable', id: `dscp ${world.variables}`, domain: 'u6' } as const;
  const number = option === 'tos' ? Number(value) >> 2 : Number(value);
  path.packet = { ...path.packet, dscp: value === '' ? unknown : number };
}

function changeHopLimit(path: Path, text: string): void {
  const { hopLimit } = path.packet;
  const [, option = '', value = ''] = /--hl-(set|inc|dec) (\d+)$/.exec(text) ?? [];
  if (hopLimit === undefined || value === '') return;
  const change = { set: Number(value) - hopLimit, inc: Number(value), dec: -Number(value) }[option] ?? 0;
  path.packet = { ...path.packet, hopLimit: hopLimit + change };
}
