import { commandOf, readHooks } from '../../codec/interfaces/hooks.ts';
import { TableNames } from '../../codec/ip-names.ts';
import { readScript, type ScriptNft, type ScriptRead } from '../../codec/shell/read-script.ts';
import { ALONE } from '../../codec/shell/script-state.ts';
import { type Host, HostError } from '../../host/host.ts';
import type { Table } from '../../kernel/netfilter.ts';
import { devicesOf, type Route } from '../../kernel/routing.ts';
import { sameData } from '../../kernel/same-data.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import type { Span } from '../../net/span.ts';
import { readNftText } from '../input/read-nft-text.ts';
import { STDIN } from './find-files.ts';
import { folderOf } from './group-files.ts';
import { baseName, type LintFile } from './lint-file.ts';

/** The state with what the scripts and hooks among the files add to it, and what of them could not be read. */
export async function readScripts(
  host: Host,
  files: readonly LintFile[],
  state: KernelState,
): Promise<{ readonly state: KernelState; readonly unchecked: readonly Diagnostic[] }> {
  let made = state;
  const names = new TableNames();
  for (const { path, text } of state.files) if (path.includes('rt_tables')) names.learn(text);
  const unchecked: Diagnostic[] = [];
  for (const { script, text } of readAll(host, files, names)) {
    const nft = script.nft === undefined ? NO_NFT : await readNft(host, script.nft);
    unchecked.push(...script.unchecked, ...nft.problems);
    made = {
      ...made,
      tables: [...made.tables, ...ofFrontend(script.tables, text, state), ...nft.tables],
      policyRules: [...made.policyRules, ...script.policyRules],
      routes: [...made.routes, ...script.routes.filter((route) => !isListed(route, state))],
    };
  }
  const invented = names.inventedLines();
  if (invented !== '') made = { ...made, files: [...made.files, { path: 'rt_tables', text: invented }] };
  return { state: made, unchecked };
}

/** A listing has a route with all that the kernel has added to it. */
function isListed(route: Route, { routes }: KernelState): boolean {
  const devices = devicesOf(route).join(' ');
  return routes.some(
    (listed) =>
      listed.family === route.family &&
      listed.table === route.table &&
      sameData(listed.destination, route.destination) &&
      devicesOf(listed).join(' ') === devices,
  );
}

/** Each script by itself, with its text, and the hooks of all interfaces as one. */
function readAll(
  host: Host,
  files: readonly LintFile[],
  names: TableNames,
): readonly { readonly script: ScriptRead; readonly text: string }[] {
  const beside = new Set(files.flatMap(({ file, kind }) => (hasRules(kind) ? [baseName(file)] : [])));
  const scripts = files.flatMap(({ file, text, kind }) => {
    if (kind.kind !== 'script') return [];
    const settingsOf = (name: string) => readBeside(host, file, name);
    return [{ script: readScript(text, file, names, { beside, settingsOf }), text }];
  });
  const hooked = files.flatMap(({ file, kind }) =>
    kind.kind === 'hooks' ? [{ file, hooks: kind.hooks }] : [],
  );
  if (hooked.length === 0) return scripts;
  const commands = hooked.flatMap(({ hooks }) => hooks.map(commandOf));
  return [...scripts, { script: readHooks(hooked, names, { ...ALONE, beside }), text: commands.join('\n') }];
}

/** What cannot be read is told as any other file that is not. */
function readBeside(host: Host, file: string, name: string): string | undefined {
  if (file === STDIN) return undefined;
  try {
    return host.readFile(`${folderOf(file)}/${name}`);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

function hasRules({ kind }: LintFile['kind']): boolean {
  return kind === 'iptables' || kind === 'nft-text' || kind === 'nft-json';
}

/** A plain `iptables` is the front end whose rules stand beside the script. */
function ofFrontend(
  tables: readonly Table[],
  text: string,
  { tables: beside }: KernelState,
): readonly Table[] {
  const has = (frontend: Table['frontend']) => beside.some((table) => table.frontend === frontend);
  if (!has('iptables-legacy') || has('iptables-nft') || /\bip6?tables-nft\b/.test(text)) return tables;
  return tables.map((table) => ({ ...table, frontend: 'iptables-legacy' }));
}

interface NftMade {
  readonly tables: readonly Table[];
  readonly problems: readonly Diagnostic[];
}

const NO_NFT: NftMade = { tables: [], problems: [] };

/** nft reads the commands as one text, and what it says is put back to where they stand. */
async function readNft(host: Host, { text, lines }: ScriptNft): Promise<NftMade> {
  const file = lines[0]?.file ?? '';
  const starts = lineStarts(text);
  const place = (span: Span | undefined): Span => {
    const line = span === undefined ? 0 : starts.findLastIndex((start) => start <= span.start);
    const last = span === undefined ? 0 : starts.findLastIndex((start) => start < Math.max(span.end, 1));
    const from = lines[Math.min(line, lines.length - 1)] ?? { file, start: 0, end: 0 };
    return { ...from, end: (lines[Math.min(last, lines.length - 1)] ?? from).end };
  };
  const { tables, problems } = await readNftText(host, file, text, new Map());
  return {
    tables: tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({
        ...chain,
        span: place(chain.span),
        rules: chain.rules.map((rule) => ({ ...rule, span: place(rule.span) })),
      })),
    })),
    problems: problems.map((problem) =>
      typeof problem === 'string'
        ? { message: problem, span: place(undefined) }
        : { ...problem, span: place(problem.span) },
    ),
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
