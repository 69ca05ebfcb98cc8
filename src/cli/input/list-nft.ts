import { isListing, startNftPrompt } from '../../apply/nft-prompt.ts';
import { isDenied } from '../../apply/pipe.ts';
import type { Host } from '../../host/host.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';

/** What `nft -j list ruleset` says of a file that was loaded in a network namespace of its own. */
export type NftListed =
  | { readonly kind: 'listed'; readonly json: string }
  | { readonly kind: 'refused'; readonly problems: readonly Diagnostic[] };

/**
 * Loads the text where nothing else is, and lists it (kernel-facts 7.3). $1 is the file's folder: includes are relative
 * to it. The text comes by standard input, since the file may not say it, or not yet. The namespace goes with the process.
 * Interfaces that the text needs there are named behind the folder; not every kernel has every kind of link.
 */
const SCRIPT = `command -v nft >/dev/null || exit 65
ip link set lo up 2>/dev/null
folder=$1; shift
if [ $# -gt 0 ]; then
  for kind in dummy ifb veth bridge; do
    printf "link add %s type $kind\\n" "$@" | ip -batch - 2>/dev/null && break
  done
fi
cd -- "$folder" && nft -I "$folder" -f - || exit 64
nft -j list ruleset </dev/null`;

/** What nft calls standard input. */
const STDIN = '/dev/stdin';

/** Exit code of the script when nft refuses the file; nft itself uses 1. */
const REFUSED = 64;

/** And where there is no nft. */
const NO_NFT = 65;

export async function listNft(host: Host, file: string, text: string): Promise<NftListed> {
  const links = new Set<string>();
  let listed = (await listQuickly(host, file, text)) ?? (await listByShell(host, file, text, links));
  for (let tries = 0; tries < MOST_TRIES && listed.kind === 'refused'; tries += 1) {
    const missing = missingLinks(listed.problems, text).filter((name) => !links.has(name));
    if (missing.length === 0) break;
    for (const name of missing) links.add(name);
    listed = await listByShell(host, file, text, links);
  }
  return listed.kind === 'refused' ? { kind: 'refused', problems: listed.problems.map(withHint) } : listed;
}

/** Of a list of interfaces nft tells one at a time; longer ones do not occur. */
const MOST_TRIES = 32;

/** `iif` and `oif` are kept by number, so that nft asks for the interface when it reads the text. */
const NO_LINK = 'nft: Interface does not exist';

/** As `ip link` takes it, on a line of its batch. */
const LINK_NAME = /^[\w.@+-]{1,15}$/;

function missingLinks(problems: readonly Diagnostic[], text: string): readonly string[] {
  return problems
    .filter(({ message }) => message === NO_LINK)
    .map(({ span }) => text.slice(span.start, span.end).replace(/^"(.*)"$/, '$1'))
    .filter((name) => LINK_NAME.test(name));
}

function withHint(problem: Diagnostic): Diagnostic {
  if (problem.message !== NO_LINK) return problem;
  const hint =
    "and none could be made to read the text: write iifname or oifname, or give the output of 'nft -j list ruleset'";
  return { ...problem, message: `${NO_LINK}, ${hint}` };
}

/** What may stand in quotes of nft and on a line that its prompt reads. */
const PLAIN_PATH = /^\/[\w./@%+=:,-]+$/;

/** As long as any other program may take. */
const PATIENCE_MS = 30_000;

/**
 * In a namespace of its own nft reaches no name server, and says so at once; but a resolver that is asked by a socket
 * (nss-resolve, nscd) is reached from there as well, and may take its time.
 */
const LATE = `nft has not read this text within ${PATIENCE_MS / 1000} s: host names in it are asked of this machine's resolver, so write addresses; of a ruleset that is so big give the output of 'nft -j list ruleset'`;

/**
 * One process instead of four, which counts where there are hundreds of files: nft's own prompt loads the file and lists
 * what it has. Undefined where that says too little: a text that is in no file, includes, an nft without a prompt.
 */
async function listQuickly(host: Host, file: string, text: string): Promise<NftListed | undefined> {
  const path = host.resolvePath(file);
  if (!PLAIN_PATH.test(path) || /\binclude\b/.test(text)) return undefined;
  if (host.fileIdentity(path) === undefined || host.readFile(path) !== text) return undefined;
  const child = startNftPrompt(host, ['unshare', ...namespaceOf(host)]);
  let late = false;
  const callOff = host.after(PATIENCE_MS, () => {
    late = true;
    child.kill('SIGKILL');
  });
  child.write(`include "${path}"\nlist ruleset\n`);
  const { stdout, stderr } = await child.end();
  callOff();
  if (late) return { kind: 'refused', problems: [{ message: LATE, span: { file, start: 0, end: 0 } }] };
  if (/: Error: /.test(stderr))
    return { kind: 'refused', problems: nftErrors(stderr, { file, place: path, text }) };
  // A text that ends too soon goes on, for the prompt, in the next line: the error is told of without a place.
  if (/\bError: /.test(stderr)) return undefined;
  return isListing(stdout) ? { kind: 'listed', json: stdout } : undefined;
}

function namespaceOf(host: Host): readonly string[] {
  return host.isRoot() ? ['--net'] : ['--user', '--map-root-user', '--net'];
}

async function listByShell(
  host: Host,
  file: string,
  text: string,
  links: ReadonlySet<string>,
): Promise<NftListed> {
  const path = host.resolvePath(file);
  const folder = path.slice(0, path.lastIndexOf('/')) || '/';
  const call = [...namespaceOf(host), 'sh', '-c', SCRIPT, 'sh', folder, ...links];
  const result = await host.run('unshare', call, { input: text, timeoutMs: PATIENCE_MS });
  if (result.code === 0) return { kind: 'listed', json: result.stdout };
  if (result.code === REFUSED)
    return { kind: 'refused', problems: nftErrors(result.stderr, { file, place: STDIN, text }) };
  return { kind: 'refused', problems: [{ message: why(result), span: { file, start: 0, end: 0 } }] };
}

function why(result: {
  readonly missing?: boolean;
  readonly timedOut?: boolean;
  readonly code: number | null;
  readonly stderr: string;
}): string {
  if (result.timedOut === true) return LATE;
  const need = 'nft text is read by nft itself in a network namespace of its own';
  const json = "; without it, give the output of 'nft -j list ruleset'";
  if (result.missing === true) return `${need}, which needs unshare (util-linux)${json}`;
  const said = result.stderr.trim();
  if (result.code === NO_NFT) return `${need}, and nft is not installed: apt install nftables${json}`;
  if (isDenied(said) || /unshare failed/i.test(said))
    return `${need}, which takes root or user namespaces, and this machine allows neither${json}`;
  return `${need}, which failed: ${said}`;
}

/** `/path/to/file:3:5-9: Error: …`, with the source line and the carets below, which are shown anew. */
const ERROR = /^(\S.*?):(\d+):(\d+)-(\d+): Error: (.*)$/;

/** Of the resolver's reasons none is the user's. */
const UNRESOLVED = /^Could not resolve hostname\b/;

/** `place` is what nft calls the text. */
interface Loaded {
  readonly file: string;
  readonly place: string;
  readonly text: string;
}

function nftErrors(output: string, { file, place: own, text }: Loaded): readonly Diagnostic[] {
  const problems = output.split('\n').flatMap((line): Diagnostic[] => {
    const [, place, row, from, to, said] = ERROR.exec(line) ?? [];
    if (said === undefined) return [];
    const message = UNRESOLVED.test(said)
      ? 'cannot resolve the host name: no name server is asked here, so write its address'
      : said;
    if (place !== own)
      return [{ message: `nft: ${message} (${place}:${row})`, span: { file, start: 0, end: 0 } }];
    const start = lineStart(text, Number(row));
    return [
      {
        message: `nft: ${message}`,
        span: { file, start: start + Number(from) - 1, end: start + Number(to) },
      },
    ];
  });
  if (problems.length > 0) return problems;
  return [{ message: `nft: ${output.trim()}`, span: { file, start: 0, end: 0 } }];
}

function lineStart(text: string, row: number): number {
  let at = 0;
  for (let line = 1; line < row; line += 1) {
    const newline = text.indexOf('\n', at);
    if (newline === -1) return at;
    at = newline + 1;
  }
  return at;
}
