import { describe, expect, it } from 'vitest';
import { missingCommit } from '../../../../src/lint/checks/missing-commit.ts';
import { findings } from '../machine-of.ts';

describe('missing-commit', () => {
  const MANGLE = '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DSCP --set-dscp 0x08\n';
  const NAT = '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o wan0 -j MASQUERADE\n';
  /** Where it is said, by the text of the line. */
  const places = (text: string) =>
    findings(missingCommit, { 'rules.v4': text }).map(({ span }) => text.slice(span.start, span.end));

  it('is told at the last line of the table', () => {
    expect(places(`${MANGLE}COMMIT\n${NAT}\n# end\n`)).toEqual(['-A POSTROUTING -o wan0 -j MASQUERADE']);
    expect(places(`${MANGLE}COMMIT\r\n*nat`)).toEqual(['*nat']);
  });

  it('is told of a table that another one interrupts', () => {
    expect(places(`${MANGLE}${NAT}COMMIT\n`)).toEqual(['-A PREROUTING -j DSCP --set-dscp 0x08']);
  });

  it('is not told of a table that comes twice, nor of comments behind the last COMMIT', () => {
    expect(places(`${MANGLE}COMMIT\n${MANGLE}  COMMIT  \n# done`)).toEqual([]);
  });
});
