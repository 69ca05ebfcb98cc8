import { describe, expect, it } from 'vitest';
import { readScript } from '../../../../src/codec/shell/read-script.ts';
import { policyRules, readsAll, unchecked } from './script-rules.ts';

/** The batch behind a command that ends with `<<E`. */
const given = (command: string) => `n=3\n${command}\n# the first
rule add fwmark "1" table '7' # comment
link set lo up

rule add fwmark 2 \\
  prio 100 table 7
route add default via 192.0.2.1 dev wan0 table 7
  rule add fwmark $n table 7
E
`;

describe('the commands of a batch', () => {
  it.each([
    ['ip -b - <<E', ['ipv4 32765 1', 'ipv4 100 2', 'ipv4 99 3']],
    ['ip -6 -batch - <<E', ['ipv6 32765 1', 'ipv6 100 2', 'ipv6 99 3']],
    ['cat <<E | ip -force -bat /dev/stdin', ['ipv4 32765 1', 'ipv4 100 2', 'ipv4 99 3']],
  ])('are read from a here-document: %s', (command, made) => {
    const script = given(command);
    readsAll(script);
    expect(policyRules(script)).toEqual(made);
    const span = readScript(script, 'fw.sh').policyRules[2]?.span;
    expect(script.slice(span?.start, span?.end)).toBe('  rule add fwmark $n table 7');
  });

  it('are left alone where they are for another namespace', () => {
    const script = given('ip -n other -b - <<E');
    readsAll(script);
    expect(policyRules(script)).toEqual([]);
  });

  it('end where ip does', () => {
    const batch = (option: string, line: string) =>
      `ip ${option} - <<'E'\nrule add fwmark 1 table 7\n${line}\nrule add fwmark 2 table 7\nE\n`;
    const refused = 'ip refuses this command';
    const first = 'ipv4 32765 1';
    const both = [first, 'ipv4 32764 2'];
    for (const line of ['rule del fwmark 9', '-4 rule add fwmark 3']) {
      expect(policyRules(batch('-b', line))).toEqual([first]);
      expect(unchecked(batch('-b', line))).toEqual([
        `${line} | ${refused}, and reads no more of what is below`,
      ]);
      expect(policyRules(batch('-force -b', line))).toEqual(both);
    }
    expect(unchecked(batch('-force -b', 'rule del fwmark 9'))).toEqual([]);
    expect(unchecked(batch('-force -b', '-4 rule add fwmark 3'))).toEqual([
      `-4 rule add fwmark 3 | ${refused}`,
    ]);
    expect(unchecked(batch('-b', 'rule add prio x'))).toEqual([
      "rule add prio x | this command is not read: 'x' is no priority",
    ]);
    expect(unchecked('ip -b - < rules\nip -b - <<E\nrule add fwmark $X\nE\n')).toHaveLength(2);
  });
});
