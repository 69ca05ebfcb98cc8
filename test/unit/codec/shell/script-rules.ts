import { expect } from 'vitest';
import { writeIptablesSave } from '../../../../src/codec/iptables/write.ts';
import { readScript } from '../../../../src/codec/shell/read-script.ts';

/** The rules a script makes, as iptables-save prints them, one a line. */
export function rules(script: string): readonly string[] {
  return readScript(script, 'fw.sh').tables.flatMap((table) => {
    const family = table.family === 'ip6' ? '-6 ' : '';
    const lines = writeIptablesSave([table]).split('\n');
    return lines.filter((line) => line.startsWith('-A')).map((line) => `${family}${table.name} ${line}`);
  });
}

/** The words of the script that its rules stand at. */
export function places(script: string): readonly string[] {
  return readScript(script, 'fw.sh').tables.flatMap(({ chains }) =>
    chains.flatMap((chain) => chain.rules.map(({ span }) => script.slice(span?.start, span?.end))),
  );
}

/** The policy rules it makes: `ipv4 100 2` has priority 100 and asks for mark 2. */
export function policyRules(script: string): readonly string[] {
  return readScript(script, 'fw.sh').policyRules.map(
    ({ family, priority, selector }) => `${family} ${priority} ${selector.fwmark?.value}`,
  );
}

/** What it could not read: the text at the place, and why. */
export function unchecked(script: string): readonly string[] {
  return readScript(script, 'fw.sh').unchecked.map(
    ({ message, span }) => `${script.slice(span.start, span.end)} | ${message}`,
  );
}

export function readsAll(script: string): void {
  expect(unchecked(script)).toEqual([]);
}
