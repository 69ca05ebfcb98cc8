import { describe, expect, it } from 'vitest';
import { readLintSettings } from '../../../src/config/read-lint-settings.ts';
import { lineAndColumn } from '../../../src/net/span.ts';

const NAMES = {
  checks: [
    { id: 'first-check', summary: 'one thing' },
    { id: 'other-check', summary: 'another' },
  ],
  neighbours: ['tailscale', 'docker'],
};

function read(text: string) {
  return readLintSettings('polywan.lint.yaml', () => text, NAMES);
}

/** `line:column: message (nearest)` */
function refusals(text: string): readonly string[] | undefined {
  return read(text)?.diagnostics.map(({ message, span, nearest }) => {
    const { line, column } = lineAndColumn(text, span.start);
    return `${line}:${column}: ${message}${nearest === undefined ? '' : ` (${nearest})`}`;
  });
}

describe('polywan.lint.yaml', () => {
  it('says what it says, and of the rest nothing', () => {
    const text = `version: 1
wan: [wan0, ppp+]
lan: lan0
policy_rules: [fwmark 0x1/0xff lookup 200, "-6 fwmark 2 lookup 201"]
routes: [default via 192.0.2.1 dev wan0 table 200]
neighbours: [tailscale]
reserved_marks: [{ name: shaper, mask: 0xf0000000 }]
checks: { first-check: off, other-check: note }
machines:
  - { name: router, files: etc/**, wan: wan9 }
ignores:
  - { files: [a, b], checks: first-check, reason: old }
  - { reason: all of it }
`;
    expect(refusals(text)).toEqual([]);
    expect(read(text)?.settings).toMatchObject({
      wan: ['wan0', 'ppp+'],
      lan: ['lan0'],
      policyRules: [{ value: 'fwmark 0x1/0xff lookup 200' }, { value: '-6 fwmark 2 lookup 201' }],
      routes: [{ value: 'default via 192.0.2.1 dev wan0 table 200' }],
      neighbours: ['tailscale'],
      reservedMarks: [{ name: 'shaper', mask: 0xf0000000 }],
      severities: { 'first-check': 'off', 'other-check': 'note' },
      machines: [{ name: 'router', files: [{ value: 'etc/**' }], wan: ['wan9'] }],
      ignores: [
        { files: ['a', 'b'], checks: ['first-check'], reason: 'old' },
        { files: [], checks: [], reason: 'all of it' },
      ],
    });
    const [machine] = read(text)?.settings?.machines ?? [];
    expect(machine).not.toHaveProperty('lan');
  });

  it('is refused with places and nearest words, and the rest of it holds', () => {
    const text = `version: 2
wan: [an-interface-that-is-long]
lan: default
neighbours: [tailscail]
checks: { frist-check: off, other-check: sometimes }
machine: []
ignores:
  - { checks: other-chek }
reserved_marks: [{ name: x, mask: 0x1ffffffff }]
`;
    expect(refusals(text)).toEqual([
      '1:10: expected 1, not "2"',
      '2:7: expected an interface name of at most 15 letters, digits, _, ., @, = and -, or its beginning and a +, not "an-interface-that-is-long"',
      '3:6: the kernel gives no interface the name "default"',
      '4:14: expected tailscale or docker, not "tailscail" (tailscale)',
      '5:11: unknown key "frist-check" (first-check)',
      '5:42: expected error, warning, note or off, not "sometimes"',
      '6:1: unknown key "machine" (machines)',
      '8:7: "reason" is missing',
      '8:15: expected a check, or a list of them, not "other-chek" (other-check)',
      '9:35: expected a mask such as 0xf0000000, not "0x1ffffffff"',
    ]);
    expect(read('version: 1\nwna: x\nlan: lan0\n')?.settings?.lan).toEqual(['lan0']);
  });

  it('is not there where there is no file', () => {
    expect(readLintSettings('x', () => undefined, NAMES)).toBeUndefined();
  });
});
