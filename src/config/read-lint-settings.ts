import type { Diagnostic, Sources } from '../net/diagnostic.ts';
import { inOrder } from './in-order.ts';
import type { AroundMachine, Ignore, LintLevel, LintSettings, MachineSettings } from './lint-settings.ts';
import { type Gathered, openFile } from './open-file.ts';
import { checkInterface } from './read/check-interface.ts';
import { located, wordOf } from './read/read-values.ts';
import type { Reading } from './read/reading.ts';
import { type LintNames, lintSchema } from './schema/lint-schema.ts';
import type { Located } from './site.ts';
import { child, headSpan, itemsOf, scalarsOf, textAt, type YamlNode } from './yaml-node.ts';

export interface LintSettingsReading {
  /** What is right in the file. */
  readonly settings?: LintSettings;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

/** Reads polywan.lint.yaml; undefined when there is no such file. */
export function readLintSettings(
  file: string,
  read: (path: string) => string | undefined,
  names: LintNames,
): LintSettingsReading | undefined {
  // Most folders have none: the schema is not made for them.
  const text = read(file);
  if (text === undefined) return undefined;
  const gathered: Gathered = { sources: new Map(), diagnostics: [] };
  const { sources } = gathered;
  const name = file.slice(file.lastIndexOf('/') + 1);
  const { reading, root } = openFile(gathered, { path: file, name, text }, lintSchema(names));
  const settings = root === undefined ? undefined : settingsOf(file, reading, root);
  const diagnostics = inOrder(gathered.diagnostics, [file]);
  return settings === undefined ? { diagnostics, sources } : { settings, diagnostics, sources };
}

function settingsOf(file: string, reading: Reading, root: YamlNode): LintSettings {
  const none: AroundMachine = {
    wan: [],
    lan: [],
    policyRules: [],
    routes: [],
    neighbours: [],
    reservedMarks: [],
  };
  return {
    file,
    ...none,
    ...aroundOf(reading, root),
    severities: severitiesOf(child(root, 'checks')),
    machines: itemsOf(child(root, 'machines')).map((node) => machineOf(reading, node)),
    ignores: itemsOf(child(root, 'ignores')).map(ignoreOf),
  };
}

/** Only the keys that are there. */
function aroundOf(reading: Reading, node: YamlNode): Partial<AroundMachine> {
  const texts = (key: string) => scalarsOf(child(node, key)).map(({ text }) => text);
  const interfaces = (key: string) => {
    for (const scalar of scalarsOf(child(node, key))) checkInterface(reading, scalar);
    return texts(key);
  };
  const places = (key: string) => scalarsOf(child(node, key)).map(located);
  const has = (key: string) => child(node, key) !== undefined;
  return {
    ...(has('wan') ? { wan: interfaces('wan') } : {}),
    ...(has('lan') ? { lan: interfaces('lan') } : {}),
    ...(has('policy_rules') ? { policyRules: places('policy_rules') } : {}),
    ...(has('routes') ? { routes: places('routes') } : {}),
    ...(has('neighbours') ? { neighbours: texts('neighbours') } : {}),
    ...(has('reserved_marks') ? { reservedMarks: reservedOf(reading, child(node, 'reserved_marks')) } : {}),
  };
}

function reservedOf(reading: Reading, node: YamlNode | undefined): AroundMachine['reservedMarks'] {
  return itemsOf(node).flatMap((item) => {
    const name = textAt(item, 'name')?.value;
    const mask = child(item, 'mask');
    const read = mask?.kind === 'scalar' ? wordOf(reading, mask)?.value : undefined;
    return name === undefined || read === undefined ? [] : [{ name, mask: read }];
  });
}

const LEVELS: readonly string[] = ['error', 'warning', 'note', 'off'] satisfies readonly LintLevel[];

function isLevel(text: string): text is LintLevel {
  return LEVELS.includes(text);
}

function severitiesOf(node: YamlNode | undefined): Readonly<Record<string, LintLevel>> {
  const entries = node?.kind === 'map' ? node.entries : [];
  return Object.fromEntries(
    entries.flatMap(({ key, value }) =>
      value.kind === 'scalar' && isLevel(value.text) ? [[key.value, value.text] as const] : [],
    ),
  );
}

function machineOf(reading: Reading, node: YamlNode): MachineSettings {
  const files: readonly Located<string>[] = scalarsOf(child(node, 'files')).map(located);
  return { name: textAt(node, 'name')?.value ?? '', files, ...aroundOf(reading, node) };
}

function ignoreOf(node: YamlNode): Ignore {
  const texts = (key: string) => scalarsOf(child(node, key)).map(({ text }) => text);
  return {
    files: texts('files'),
    checks: texts('checks'),
    reason: textAt(node, 'reason')?.value ?? '',
    span: headSpan(node),
  };
}
