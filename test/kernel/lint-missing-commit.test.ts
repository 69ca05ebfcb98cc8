import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { missingCommit } from '../../src/lint/checks/missing-commit.ts';

/** Loads the text in a namespace that goes with the process, and lists what is there then. */
function restore(program: string, text: string) {
  const script = `${program}-restore; echo "code $?"; ${program}-save`;
  const { stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-c', script], {
    input: text,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { loaded: /^code 0$/m.test(stdout), rules: stdout.match(/^-A .*$/gm) ?? [], stderr };
}

const { bad, good } = missingCommit;
const NAT = '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o wan0 -j MASQUERADE\n';

describe.each(['iptables-nft', 'iptables-legacy'])(
  'what %s-restore says of a table without COMMIT',
  (program) => {
    it('loads the good example and none of the bad one', () => {
      expect(restore(program, good.files['rules.v4'] ?? '')).toMatchObject({
        loaded: true,
        rules: [expect.stringContaining('--set-dscp 0x08')],
      });
      expect(restore(program, bad.files['rules.v4'] ?? '')).toMatchObject({
        loaded: false,
        rules: [],
        stderr: expect.stringContaining('COMMIT expected'),
      });
    });

    it('loads the tables above one that is not finished, and refuses a table inside another', () => {
      const above = `${good.files['rules.v4']}${NAT}`;
      expect(restore(program, above)).toMatchObject({
        loaded: false,
        rules: [expect.stringContaining('--set-dscp 0x08')],
      });
      expect(restore(program, `${bad.files['rules.v4']}${NAT}COMMIT\n`)).toMatchObject({
        loaded: false,
        rules: [],
      });
    });
  },
);
