import { readSiteHere } from '../../apply/read-site-here.ts';
import type { AroundMachine } from '../../config/lint-settings.ts';
import { readProfileAlone } from '../../config/read-profile-alone.ts';
import type { Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import type { Machine } from '../../lint/machine.ts';
import { makeMachine } from '../../lint/make-machine.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import type { InputFile } from '../input/read-files.ts';
import { readFiles } from '../input/read-files.ts';
import { addRouting } from './add-routing.ts';
import { givenBy } from './given.ts';
import type { LintFile } from './lint-file.ts';
import { readScripts } from './read-scripts.ts';
import { sayRules } from './say-rules.ts';

/** Files that describe one machine. */
export interface MachineFiles {
  readonly name: string;
  readonly files: readonly LintFile[];
  /** What the settings say of it. */
  readonly around?: AroundMachine;
}

export interface MachineRead {
  /** What was read in full, as a machine. */
  readonly machine: Machine;
  readonly problems: readonly Diagnostic[];
  readonly notes: readonly string[];
}

/** Reads files that stand together as one machine. What cannot be read is told with its place. */
export async function readMachine(host: Host, wanted: MachineFiles): Promise<MachineRead> {
  const { name, files, around = NOTHING_AROUND } = wanted;
  const sources = new Map(files.map(({ file, text }) => [file, text]));
  const configured = readConfigured(host, files, sources);
  const read = await readFiles(host, files.flatMap(inputOf), sources);
  const scripts = await readScripts(host, files, read.state);
  const { state, problems } = addRouting(scripts.state, read.state, around);
  const { site, refused } = configured;
  const machine = makeMachine({
    name,
    state,
    given: givenBy(files, read.state, state),
    sources,
    say: sayRules(state),
    refused,
    listings: read.listings,
    unchecked: scripts.unchecked,
    ...(site === undefined ? {} : { site }),
    settings: {
      roles: { wan: around.wan, lan: around.lan },
      reserved: around.reservedMarks,
      neighbours: around.neighbours,
    },
  });
  return { machine, problems: [...read.problems, ...problems], notes: read.notes };
}

export const NOTHING_AROUND: AroundMachine = {
  wan: [],
  lan: [],
  policyRules: [],
  routes: [],
  neighbours: [],
  reservedMarks: [],
};

function inputOf({ file, text, kind }: LintFile): readonly InputFile[] {
  switch (kind.kind) {
    case 'site':
    case 'profile':
    case 'settings':
    case 'script':
    case 'hooks':
      return [];
    default:
      return [{ file, text, recognized: kind }];
  }
}

interface Configured {
  readonly site?: Site;
  readonly refused: readonly Diagnostic[];
}

/** The site with its profiles, and profiles that no site here has taken. */
function readConfigured(host: Host, files: readonly LintFile[], sources: Map<string, string>): Configured {
  const refused: Diagnostic[] = [];
  const told = new Set<string>();
  let site: Site | undefined;
  for (const { file, kind } of files) {
    if (kind.kind !== 'site') continue;
    const reading = readSiteHere(host, file, sources);
    refused.push(...reading.diagnostics);
    for (const [path, text] of reading.sources) {
      sources.set(path, text);
      told.add(path);
    }
    site ??= reading.site;
  }
  for (const { file, text, kind } of files)
    if (kind.kind === 'profile' && !told.has(file)) refused.push(...readProfileAlone(file, text).diagnostics);
  return site === undefined ? { refused } : { site, refused };
}
