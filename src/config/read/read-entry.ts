import { patternsMeet } from '../../net/interface-pattern.ts';
import { nearest } from '../nearest.ts';
import type { YamlScalar } from '../yaml-node.ts';
import { checkInterface } from './check-interface.ts';
import { type Reading, report } from './reading.ts';

/** Where connections come in: `router`, or an interface that `lan` has. Undefined for what is neither, which is reported. */
export function readEntry(
  reading: Reading,
  scalar: YamlScalar,
  lan: readonly string[],
  text = scalar.text,
): string | undefined {
  if (text === 'router') return text;
  if (lan.some((pattern) => patternsMeet(pattern, text))) {
    checkInterface(reading, scalar, text);
    return text;
  }
  report(reading, scalar.span, `"${text}" is no interface of lan`, nearest(text, [...lan, 'router']));
  return undefined;
}
