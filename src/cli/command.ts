import type { Host } from '../host/host.ts';

/** 0 ok · 1 findings, differences or unhealthy · 2 usage, unreadable input or bad config · 3 the machine refused. */
export type ExitCode = 0 | 1 | 2 | 3;

export interface OptionSpec {
  readonly type: 'string' | 'boolean' | 'number' | 'array';
  readonly alias?: string;
  readonly describe: string;
  /** Shown in help and man page after the option: `--confirm DURATION`. */
  readonly valueName?: string;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean;
  /** For polywan's own calls of itself: in no help, page or completion. */
  readonly hidden?: true;
}

export interface PositionalSpec {
  readonly name: string;
  readonly describe: string;
  readonly required: boolean;
  /** Takes all that follow. */
  readonly variadic?: boolean;
  /** Words that completion offers; the command itself refuses others. */
  readonly choices?: readonly string[];
}

export interface Example {
  readonly line: string;
  readonly describe: string;
}

/** Parsed words of one call: options by their long name, positionals by name. */
export type Arguments = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Context {
  readonly host: Host;
  /** Whether output may carry colour: a terminal, and NO_COLOR unset. */
  readonly color: boolean;
}

/** One command is one file: the tables below feed the parser, the man page, completion and the test that compares them. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs for --help and the man page. */
  readonly description: readonly string[];
  readonly positionals: readonly PositionalSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly Example[];
  run(args: Arguments, context: Context): Promise<ExitCode>;
}
