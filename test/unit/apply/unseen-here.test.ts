import { expect, it } from 'vitest';
import { unseenHere } from '../../../src/apply/observe-everything.ts';
import type { Host } from '../../../src/host/host.ts';
import { nodeHost } from '../../../src/host/node.ts';

/** A machine with these programs, on which these iptables-legacy tables are loaded. */
function machine(programs: readonly string[], legacyTables: string): Host {
  return {
    ...nodeHost(),
    fileIdentity: (path) =>
      programs.some((name) => path === `/usr/sbin/${name}`) ? { realPath: path, stamp: '1' } : undefined,
    readFile: (path) => (path === '/proc/net/ip_tables_names' ? legacyTables : undefined),
  };
}

it('says what it cannot see for want of a program, and only that', () => {
  expect(unseenHere(machine(['nft', 'iptables-nft', 'iptables-legacy'], 'nat\nmangle\n'))).toEqual([]);
  expect(unseenHere(machine(['nft'], ''))).toEqual([]);
  expect(unseenHere(machine(['iptables-nft'], 'nat\nmangle\n'))).toEqual([
    'nft is not installed (Debian package nftables): nft tables, if there are any, are not seen',
    'iptables-legacy is not installed (Debian package iptables): its tables mangle, nat are not seen',
  ]);
});
