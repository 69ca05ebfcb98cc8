import { allSettings, findSettings, type Setting } from '../../config/find-setting.ts';
import { showValue } from '../../config/manual.ts';
import type { Diagnostic, Sources } from '../../net/diagnostic.ts';
import { cureText } from './way-out.ts';

/**
 * What to write where config refuses something: the word that is near; for a value of a wrong kind, or one that is
 * missing, the setting as its description shows it.
 */
export function settingCure(sources: Sources, problem: Diagnostic): string {
  const { nearest, message } = problem;
  if (nearest !== undefined) return `did you mean ${nearest.startsWith('"') ? nearest : `"${nearest}"`}?`;
  const [row] = keysAt(sources, problem).flatMap(settingsNamed);
  if (row === undefined) return 'what may stand here: man 5 polywan.yaml';
  const more = `what it may be, and why: polywan explain ${row.path}`;
  const [example] = row.examples;
  const value = example ?? row.default;
  // What is wrong together with something else is seldom mended by an example.
  if (value === undefined || value === null || !/^expected |is missing$/.test(message)) return more;
  return cureText('for instance', [`${row.key}: ${showValue(value)}`], [more]);
}

/** The key that is missing, or stands there, else those that are open before it on the line, the innermost first. */
function keysAt(sources: Sources, { span: { file, start }, message }: Diagnostic): readonly string[] {
  const [, key, list] = /^"(\w+)" is missing$|^no (\w+): neither named/.exec(message) ?? [];
  const missing = key ?? list;
  if (missing !== undefined) return [missing];
  const text = sources.get(file) ?? '';
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const [, here] = /^([a-z]\w*)\s*:/.exec(text.slice(start, start + 100)) ?? [];
  const open = [...before.matchAll(/([a-z]\w*)\s*:(?=\s)/g)].map(([, key = '']) => key).reverse();
  return here === undefined ? open : [here, ...open];
}

/** Made when something is refused, and not before: the schema has hundreds of keys. */
let known: readonly Setting[] | undefined;

function settingsNamed(key: string): readonly Setting['row'][] {
  known ??= allSettings({ checks: [], neighbours: [] }).filter(({ file }) => file !== 'polywan.lint.yaml');
  return findSettings(known, key).map(({ row }) => row);
}
