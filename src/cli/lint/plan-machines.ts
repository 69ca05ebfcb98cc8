import type { AroundMachine, LintSettings, MachineSettings } from '../../config/lint-settings.ts';
import { type Host, HostError } from '../../host/host.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { globPattern, isGlob } from '../input/glob.ts';
import { type FoundFile, findFiles } from './find-files.ts';
import type { SettingsFinder } from './find-settings.ts';
import { folderOf, groupFiles } from './group-files.ts';
import { recognizeFile } from './lint-file.ts';
import type { MachineFiles } from './read-machine.ts';

/** Files of one machine, with the settings that hold for them. */
export interface PlannedMachine extends MachineFiles {
  readonly settings?: LintSettings;
}

export interface PlannedMachines {
  readonly machines: readonly PlannedMachine[];
  readonly problems: readonly Diagnostic[];
}

/** Which of the files are one machine: what the settings say, and for the rest what folders and contents say. */
export async function planMachines(
  host: Host,
  files: readonly FoundFile[],
  finder: SettingsFinder,
  named: LintSettings | undefined,
): Promise<PlannedMachines> {
  const problems: Diagnostic[] = [];
  const machines: PlannedMachine[] = [];
  const bySettings = new Map<LintSettings | undefined, FoundFile[]>();
  for (const file of files) {
    const settings = named ?? finder.of(folderOf(file.file));
    const list = bySettings.get(settings) ?? [];
    bySettings.set(settings, list);
    if (file.kind.kind !== 'settings') list.push(file);
  }
  for (const [settings, own] of bySettings) {
    const declared = settings === undefined ? [] : await declaredMachines(host, settings, own, problems);
    const taken = new Set(
      declared.flatMap((machine) => machine.files.map(({ file }) => host.resolvePath(file))),
    );
    const rest = own.filter(({ file }) => !taken.has(host.resolvePath(file)));
    const found = groupFiles(rest).map((group) => withSettings(group, settings));
    machines.push(...declared, ...found);
  }
  return { machines, problems };
}

function withSettings(group: MachineFiles, settings: LintSettings | undefined): PlannedMachine {
  return settings === undefined ? group : { ...group, around: settings, settings };
}

/** Machines of the settings that one of these files belongs to, each with all its files: a part would tell lies. */
async function declaredMachines(
  host: Host,
  settings: LintSettings,
  files: readonly FoundFile[],
  problems: Diagnostic[],
): Promise<readonly PlannedMachine[]> {
  const folder = folderOf(settings.file);
  const machines: PlannedMachine[] = [];
  for (const machine of settings.machines) {
    const patterns = machine.files.map(({ value }) => globPattern(beside(folder, value)));
    const mine = files.filter(({ file }) => patterns.some((pattern) => pattern.test(file)));
    if (mine.length === 0) continue;
    machines.push({
      name: machine.name,
      files: await allFiles(host, folder, machine, mine, problems),
      around: aroundOf(settings, machine),
      settings,
    });
  }
  return machines;
}

function aroundOf(settings: LintSettings, machine: MachineSettings): AroundMachine {
  return { ...settings, ...machine };
}

async function allFiles(
  host: Host,
  folder: string,
  { files }: MachineSettings,
  mine: readonly FoundFile[],
  problems: Diagnostic[],
): Promise<readonly FoundFile[]> {
  const all = new Map(mine.map((file) => [file.file, file]));
  for (const { value, span } of files) {
    const path = beside(folder, value);
    const found = isGlob(path) ? (await findFiles(host, [path])).files : openOne(host, path);
    if (found.length === 0) problems.push({ message: `no such file: ${path}`, span });
    const [strange] = found.flatMap((one) => (one.kind.kind === 'unknown' ? one.kind : []));
    if (strange !== undefined) problems.push({ message: `${path}: ${strange.reason}`, span });
    for (const file of found) if (!all.has(file.file)) all.set(file.file, file);
  }
  return [...all.values()].filter(({ kind }) => kind.kind !== 'settings');
}

function openOne(host: Host, file: string): readonly FoundFile[] {
  try {
    const text = host.readFile(file);
    if (text === undefined) return [];
    return [{ file, text, kind: recognizeFile(text, file, true), named: true }];
  } catch (error) {
    if (error instanceof HostError) return [];
    throw error;
  }
}

export function beside(folder: string, path: string): string {
  const plain = path.replace(/^(?:\.\/)+/, '');
  if (plain.startsWith('/') || folder === '.') return plain;
  return folder === '/' ? `/${plain}` : `${folder}/${plain}`;
}
