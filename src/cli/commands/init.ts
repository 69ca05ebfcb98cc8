import { readAnswer } from '../../apply/json-answer.ts';
import { pipe, saidBy } from '../../apply/pipe.ts';
import { Refusal } from '../../apply/refusal.ts';
import { readLinks, readRoutes } from '../../codec/ip-json.ts';
import { INTERFACE_PATTERN, INTERFACE_PHRASE } from '../../config/schema/leaf.ts';
import { profileTemplate, siteTemplate, type TemplateInput, wanNames } from '../../config/template.ts';
import type { Host } from '../../host/host.ts';
import type { Command } from '../command.ts';
import { findCarriers } from '../find-carriers.ts';
import { findUplinks, type Uplinks } from '../find-uplinks.ts';
import { UsageError } from '../usage-error.ts';

const DEFAULT_DIRECTORY = '/etc/polywan';

/** Where the kernel has PPPoE. */
const PPPOE_SESSIONS = '/proc/net/pppoe';

/** Stands in the site where no inside interface was found, so that the file is whole but plainly not finished. */
const UNKNOWN_LAN = 'lan0';

export const init: Command = {
  name: 'init',
  summary: 'write a commented site and profiles from what this machine has',
  description: [
    'Writes polywan.yaml and one profile for each interface that has a default route, with comments that say what each line does. Nothing is asked, nothing is applied, and no file is overwritten.',
    `Without a DIR it writes to ${DEFAULT_DIRECTORY}.`,
  ],
  positionals: [
    { name: 'dir', describe: 'folder for the files; made when it is not there', required: false },
  ],
  options: {},
  examples: [
    { line: 'sudo polywan init', describe: `a first site in ${DEFAULT_DIRECTORY}` },
    { line: 'polywan init my-router', describe: 'the same in a folder of your own, without root' },
  ],
  run: async (args, { host }) => {
    const directory = typeof args.dir === 'string' ? args.dir : DEFAULT_DIRECTORY;
    const uplinks = await observeUplinks(host);
    if (uplinks.wans.length === 0)
      throw new Refusal(
        'no interface of this machine has a default route, so no uplink can be told from the inside; connect one first, or start from an example site (profiles/sites in a checkout, /usr/local/share/polywan/profiles/sites where polywan is installed)',
      );
    refuseOtherNames(uplinks);
    const files = filesFor(uplinks, host);
    refuseOverwriting(files, directory, host);
    writeFiles(files, directory, host);
    host.stdout.write(summaryText(uplinks, files, directory));
    return 0;
  },
};

interface NewFile {
  readonly path: string;
  readonly text: string;
}

async function observeUplinks(host: Host): Promise<Uplinks> {
  const [links, ipv4, ipv6] = await Promise.all([
    listing(host, ['-j', '-d', 'link', 'show']),
    listing(host, ['-N', '-j', '-4', 'route', 'show', 'table', 'main']),
    listing(host, ['-N', '-j', '-6', 'route', 'show', 'table', 'main']),
  ]);
  const found = readLinks(links);
  const carried = findCarriers(links, found, host.readFile(PPPOE_SESSIONS) ?? '');
  return findUplinks(found, [...readRoutes('ipv4', ipv4), ...readRoutes('ipv6', ipv6)], carried);
}

/** The kernel lets an interface have names that a site cannot. */
function refuseOtherNames({ wans, lan }: Uplinks): void {
  const names = [...wans.map((wan) => wan.interface), ...lan];
  const other = names.find((name) => !INTERFACE_PATTERN.test(name));
  if (other !== undefined)
    throw new Refusal(`a site cannot name ${other}, only ${INTERFACE_PHRASE}; rename the interface first`);
}

async function listing(host: Host, args: readonly string[]): Promise<readonly unknown[]> {
  const result = await pipe(host, 'ip', args);
  if (result.code !== 0) throw new Refusal(`ip ${args.join(' ')}: ${saidBy(result)}`);
  // A table that has never had a route is listed as nothing at all.
  return result.stdout.trim() === '' ? [] : readAnswer('ip', result.stdout);
}

function filesFor({ wans, lan }: Uplinks, host: Host): readonly NewFile[] {
  const schemas = publishedSchemas(host);
  const input = {
    wans,
    lan: lan.length > 0 ? lan : [UNKNOWN_LAN],
    ...(schemas === undefined ? {} : { schemas }),
  };
  const names = wanNames(wans);
  return [
    { path: 'polywan.yaml', text: siteTemplate(input) },
    ...wans.map((wan) => ({
      path: `profiles/${names.get(wan.interface)}.yaml`,
      text: profileTemplate(wan, input),
    })),
  ];
}

/** The schemas that came with this program: beside it in a checkout, below share/ where it is installed. */
function publishedSchemas(host: Host): TemplateInput['schemas'] {
  const program = host.self().at(-1) ?? '';
  const folder = ['../schema', '../../share/polywan/schema']
    .map((path) => host.resolvePath(program, '..', path))
    .find((path) => host.listDirectory(path) !== undefined);
  if (folder === undefined) return undefined;
  return {
    site: `${folder}/site.schema.json`,
    profile: `${folder}/profile.schema.json`,
  };
}

function refuseOverwriting(files: readonly NewFile[], directory: string, host: Host): void {
  const present = files
    .map(({ path }) => host.resolvePath(directory, path))
    .find((path) => host.readFile(path) !== undefined);
  if (present !== undefined) throw isThereAlready(present);
}

function isThereAlready(path: string): UsageError {
  return new UsageError(`${path} is there already, and init overwrites nothing; name another folder`);
}

/** All of them or none: the next init would take half a site for somebody's work. */
function writeFiles(files: readonly NewFile[], directory: string, host: Host): void {
  const profiles = host.resolvePath(directory, 'profiles');
  const isThere = (folder: string) => host.listDirectory(folder) !== undefined;
  const missing = [profiles, host.resolvePath(directory)].filter((folder) => !isThere(folder));
  const written: string[] = [];
  try {
    host.makeDirectory(profiles);
    for (const { path, text } of files) {
      const place = host.resolvePath(directory, path);
      // The look before reads files, and so does not see a link that leads nowhere.
      if (!host.createFile(place, text)) throw isThereAlready(place);
      written.push(place);
    }
  } catch (error) {
    for (const place of written) host.removeFile(place);
    for (const folder of missing.filter(isThere)) host.removeDirectory(folder);
    throw error;
  }
}

function summaryText({ wans, lan }: Uplinks, files: readonly NewFile[], directory: string): string {
  const inside = (path: string) => `${directory.replace(/\/+$/, '')}/${path}`;
  const config = directory === DEFAULT_DIRECTORY ? '' : ` -c ${shellWord(inside('polywan.yaml'))}`;
  return [
    ...files.map(({ path }) => `wrote ${inside(path)}`),
    `uplinks: ${wans.map((wan) => wan.interface).join(', ')}`,
    lan.length > 0
      ? `inside:  ${lan.join(', ')}`
      : `inside:  none found; put yours in place of ${UNKNOWN_LAN} in ${inside('polywan.yaml')}`,
    `next: read them, then run: polywan plan${config}`,
    '',
  ].join('\n');
}

/** As it is typed at a prompt. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
