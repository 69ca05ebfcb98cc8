/**
 * Result of a finished process. `code` is null when a signal ended it, or it never began; `missing` when the program is
 * not there.
 */
export interface ProcessResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly signal?: string;
  readonly missing?: boolean;
  readonly timedOut?: boolean;
}

export interface RunOptions {
  readonly input?: string;
  /** Default 30 s: no system tool polywan runs takes longer unless it hangs. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Nothing it writes is read, and what it leaves behind is ended with it: only its exit code counts. */
  readonly unheard?: boolean;
}

/** A child that stays: lines go in, output comes out as it is written. */
export interface Conversation {
  readonly pid: number;
  write(text: string): void;
  /** Called with each chunk of standard output. Only one listener. */
  onOutput(listener: (chunk: string) => void): void;
  /** The same for standard error, which is then not kept for `ended`: a child that complains for days fills no memory. */
  onErrors(listener: (chunk: string) => void): void;
  /** Closes standard input and waits for the end. */
  end(): Promise<ProcessResult>;
  /** Reaches what the child itself has started, too. */
  kill(signal?: NodeJS.Signals): void;
  readonly ended: Promise<ProcessResult>;
}

export interface LentFile {
  readonly path: string;
  close(): void;
}

/** A child that stays and writes now and then; what it writes waits for whoever collects it, and wakes nobody. */
export interface Correspondence {
  /** What it has written to standard output since the last time, as far as a pipe holds (64 KiB); never waits. */
  collect(): string;
  /** Called with each chunk of standard error, at once. Only one listener. */
  onErrors(listener: (chunk: string) => void): void;
  kill(signal?: NodeJS.Signals): void;
  readonly ended: Promise<ProcessResult>;
}

/** The one door to processes, files, clock and network. Everything else in polywan is functions over data. */
export interface Host {
  /** Runs to the end. Never throws for a failing or missing program: the result says so. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<ProcessResult>;
  /** `env` is added to what children get to see. */
  converse(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Conversation;
  /** The pipe is made in `folder`, where only this process's user may write, and has no name when this returns. */
  correspond(folder: string, program: string, args: readonly string[]): Correspondence;
  /** Starts a program that outlives this process and its terminal; gives its pid. */
  detach(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): number;

  /** Undefined when the file does not exist; throws HostError for everything else. */
  readFile(path: string): string | undefined;
  /**
   * Writes to a temporary file beside it, syncs, renames: the file has the old or the new text, never a part. Links stay
   * links; a device or a pipe is written to. A mode that is given is the file's; else it is 0644 less what umask takes.
   */
  writeFile(path: string, text: string, mode?: number): void;
  /** Gives a file that is there a new text, whole or not at all, with its mode and owner kept; links stay links. */
  rewriteFile(path: string, text: string): void;
  /** Writes in place (sysctl files). */
  overwriteFile(path: string, text: string): void;
  /** Creates the file; false when it is there already. */
  createFile(path: string, text: string): boolean;
  /** Gives a file one more name, in one step; false when something of that name is there already. */
  linkFile(path: string, name: string): boolean;
  /**
   * A file in `folder` for other programs to read by its path until it is closed. It has no name of its own: nothing of it
   * stays when this process is killed.
   */
  lendFile(folder: string, text: string): LentFile;
  /** Adds to the end of a file, which is made when it is not there. */
  appendFile(path: string, text: string, mode?: number): void;
  /** Takes the place of whatever has the new name. */
  renameFile(from: string, to: string): void;
  /** In bytes; 0 when it is not there. */
  fileSize(path: string): number;
  removeFile(path: string): void;
  /** Takes away what killed runs left beside a file that they were writing. */
  sweepFile(path: string): void;
  /** With those above it, where they are missing. Of the mode as in `writeFile`; else it is 0755 less what umask takes. */
  makeDirectory(path: string, mode?: number): void;
  /** Removes an empty directory; quiet when it is not empty, none, not there, or a file system is mounted on it. */
  removeDirectory(path: string): void;
  /** Names in a directory, sorted; undefined when it does not exist. */
  listDirectory(path: string): readonly string[] | undefined;
  /** What stands in a directory, sorted by name and links followed; undefined when it is none. */
  listEntries(path: string): readonly DirectoryEntry[] | undefined;
  resolvePath(...parts: readonly string[]): string;
  /** What a path leads to through links, and a stamp that changes with the file; undefined when nothing is there. */
  fileIdentity(path: string): FileIdentity | undefined;

  env(name: string): string | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Monotonic milliseconds. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  /** A pause just long enough for what waits to be heard: answers of children, signals. */
  hearEvents(): Promise<void>;
  /** Does `work` later, unless the returned function calls it off. */
  after(ms: number, work: () => void): () => void;
  pid(): number;
  /** Start time of a process in clock ticks since boot (proc(5) field 22), or undefined when it does not live. */
  processStart(pid: number): string | undefined;
  isRoot(): boolean;
  /** Processors this process may use. */
  processors(): number;
  /** How to start this program again: Node and first arguments, the last of them the program's file. */
  self(): readonly [string, ...string[]];
  /** A stack trace with places in the program's sources instead of its one file, as far as that can be told. */
  inSources(stack: string): string;
  /** Told before work that makes very many objects. */
  growHeap(): void;
  /** Told before work that does very many different things, none of them for long. */
  optimizeLate(): void;
  /** Told before work that does all of that once. */
  compileLittle(): void;
  /** Told before anything else by what stays: memory is worth more to it than speed. */
  saveMemory(): void;
  /** Told by what stays, once its start is over. */
  collectGarbage(): void;
  onSignal(signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void): () => void;

  readonly stdout: Output;
  readonly stderr: Output;
  readStdin(): Promise<string>;
  /** Each line as soon as it is there. */
  stdinLines(): AsyncIterable<string>;
  readonly network: Network;
  /** Answers lines on a Unix socket, with `mode` as its permissions. */
  serveSocket(path: string, mode: number, answer: (line: string) => Promise<string>): Promise<Server>;
  /** Answers GET and HEAD requests for one path with a text. Rejects when the address cannot be had. */
  serveHttp(
    address: string,
    port: number,
    path: string,
    answer: () => Promise<{ readonly type: string; readonly text: string }>,
  ): Promise<Server>;
  /** One line asked, one answered; undefined when nobody listens there, or not in time. */
  askSocket(path: string, line: string, timeoutMs: number): Promise<string | undefined>;
}

/** unix(7): 108 with the zero at its end. */
export const SOCKET_PATH_BYTES = 107;

export interface Server {
  stop(): void;
}

/**
 * Where a connection goes, and the own address and ports it is bound to: policy rules and rulesets choose the WAN by
 * them.
 */
export interface Endpoint {
  readonly host: string;
  readonly family: 4 | 6;
  readonly localAddress: string;
  /** One after the other is used. */
  readonly localPorts: { readonly from: number; readonly to: number };
}

/**
 * refused: the other side said no. wrong: it answered something it should not. silent: nothing came in time, or the word that
 * there is no way. unsent: nothing could be sent from here.
 */
export type NetworkFailure = 'refused' | 'wrong' | 'silent' | 'unsent';

export interface HttpAnswer {
  readonly status: number;
  /** The first 64 KiB. */
  readonly body: string;
}

/** Short questions to others. Each ends within `timeoutMs`, and never throws. */
export interface Network {
  /** Opens a TCP connection and closes it at once. */
  connect(to: Endpoint & { readonly port: number }, timeoutMs: number): Promise<'connected' | NetworkFailure>;
  /** One GET, whose redirects are not followed; `to.host` is the address of the URL's host. */
  get(url: string, to: Endpoint, timeoutMs: number): Promise<HttpAnswer | NetworkFailure>;
  /** One UDP message, and the first one that comes back of which `read` makes something. */
  exchange<T>(
    to: Endpoint & { readonly port: number },
    message: Uint8Array,
    read: (answer: Uint8Array) => T | undefined,
    timeoutMs: number,
  ): Promise<T | NetworkFailure>;
  /** An address of a host by the machine's own resolver; unsent when it knows none of this family. */
  lookUp(
    host: string,
    family: 4 | 6,
    timeoutMs: number,
  ): Promise<{ readonly address: string } | 'silent' | 'unsent'>;
}

export interface DirectoryEntry {
  readonly name: string;
  /** other: pipes, sockets, devices, and links to nothing. */
  readonly kind: 'file' | 'directory' | 'other';
}

export interface FileIdentity {
  readonly realPath: string;
  readonly stamp: string;
}

export interface Output {
  readonly isTerminal: boolean;
  /** Columns of the terminal; 80 when it is none. */
  readonly columns: number;
  write(text: string): void;
}

/** A file operation the machine refused: `code` is errno's name (EACCES, ENOSPC, EROFS …). */
export class HostError extends Error {
  readonly code: string;
  readonly path: string;
  /** The end of the message, for who names the path already. */
  readonly reason: string;
  constructor(code: string, path: string, message: string, reason = message) {
    super(message);
    this.name = 'HostError';
    this.code = code;
    this.path = path;
    this.reason = reason;
  }
}
