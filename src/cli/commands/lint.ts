import { formatDiagnostic } from '../../config/format-diagnostic.ts';
import { isProfile, readProfileAlone } from '../../config/read-profile-alone.ts';
import { readSite } from '../../config/read-site.ts';
import { type Host, HostError } from '../../host/host.ts';
import type { Diagnostic, Sources } from '../../net/diagnostic.ts';
import { lineAndColumn } from '../../net/span.ts';
import type { Arguments, Command, Context, ExitCode } from '../command.ts';
import { configPath } from '../load-site.ts';

/** Everything config refuses has this one name; it is what a reader of the JSON filters by. */
const CHECK = 'config-invalid';

export const lint: Command = {
  name: 'lint',
  summary: 'check sites and profiles',
  description: [
    'Reads each site with its profiles, or a profile alone, and prints everything that is wrong, with its place and the nearest known word. Without a PATH it checks the site that --config names. It needs neither root nor the router.',
    'Exits with 0 when nothing is wrong, 1 when something is, 2 when a file cannot be read.',
  ],
  positionals: [{ name: 'path', describe: 'a site or a profile', required: false, variadic: true }],
  options: { json: { type: 'boolean', describe: 'print findings as JSON' } },
  examples: [
    { line: 'polywan lint', describe: 'the site of this machine' },
    { line: 'polywan lint polywan.yaml', describe: 'a site in a repository, with its profiles' },
    { line: 'polywan lint --json profiles/*.yaml', describe: 'profiles alone, for a program' },
  ],
  run: async (args, context) => {
    const given = Array.isArray(args.path) ? args.path.map(String) : [];
    const files = given.length > 0 ? given : [configPath(args)];
    try {
      return print(
        args,
        context,
        files.map((file) => check(file, context.host)),
      );
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      context.host.stderr.write(`polywan: ${error.message}\n`);
      return 2;
    }
  },
};

interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

function check(file: string, host: Host): Checked {
  const text = host.readFile(file);
  if (text === undefined) throw new HostError('ENOENT', file, `cannot read ${file}: no such file`);
  return isProfile(file, text)
    ? readProfileAlone(file, text)
    : readSite(file, host.readFile, host.listDirectory);
}

function print(args: Arguments, { host, color }: Context, checked: readonly Checked[]): ExitCode {
  const count = checked.reduce((sum, { diagnostics }) => sum + diagnostics.length, 0);
  if (args.json === true) {
    const findings = checked.flatMap(({ diagnostics, sources }) =>
      diagnostics.map((diagnostic) => finding(diagnostic, sources)),
    );
    host.stdout.write(`${JSON.stringify({ findings, summary: { errors: count, warnings: 0 } }, null, 2)}\n`);
  } else {
    for (const { diagnostics, sources } of checked)
      for (const diagnostic of diagnostics)
        host.stdout.write(`${formatDiagnostic(diagnostic, sources, { color })}\n`);
    host.stdout.write(count === 0 ? 'nothing wrong\n' : `${count} ${count === 1 ? 'error' : 'errors'}\n`);
  }
  return count === 0 ? 0 : 1;
}

function finding({ message, span, nearest }: Diagnostic, sources: Sources) {
  const { line, column } = lineAndColumn(sources.get(span.file) ?? '', span.start);
  return {
    check: CHECK,
    severity: 'error',
    message,
    file: span.file,
    line,
    column,
    path: [],
    ...(nearest === undefined ? {} : { nearest }),
  };
}
