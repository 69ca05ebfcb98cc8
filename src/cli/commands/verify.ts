import { readSiteHere } from '../../apply/read-site-here.ts';
import { formatDiagnostic } from '../../config/format-diagnostic.ts';
import type { Site } from '../../config/site.ts';
import { tableNames } from '../../kernel/table-names.ts';
import type { Sources } from '../../net/diagnostic.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import type { Command, Context } from '../command.ts';
import { lines } from '../format/text-lines.ts';
import { formatTrace } from '../format/trace.ts';
import { formatVerification, labelOf, sayWays } from '../format/verification.ts';
import { loadSite } from '../load-site.ts';
import { sayExpected } from '../model/trace-exits.ts';
import { type CheckedExpectation, type Verification, verifySite } from '../model/verify-site.ts';
import { wansByDevice } from '../model/wans-by-device.ts';

export const verify: Command = {
  name: 'verify',
  summary: 'trace every failure of WANs for every steering rule, and check what the site expects',
  description: [
    'Plans the site for every set of WANs that can be down (with more than eight WANs: each one, each two, and all), and traces through each plan a flow for every steering rule, what no rule takes, the router’s own connections, a service of the router and each port forward called by each WAN, in each family. A cell is the exit; ! marks one the site does not ask for: another WAN, an inside address that leaves untranslated, the address of another WAN, a flow whose later packets go elsewhere.',
    'Then it checks what the site’s expect: says, and prints for each that fails its line and the trace that shows why.',
    'The router is made up as rehearse would build it: it needs neither root nor the router, and sends nothing. Exits with 1 when anything is marked.',
  ],
  positionals: [],
  options: { json: { type: 'boolean', describe: 'print the matrix as JSON' } },
  examples: [
    { line: 'polywan verify -c polywan.yaml', describe: 'in a repository, before the router sees it' },
    { line: 'polywan verify --json', describe: 'for a program' },
  ],
  run: async (args, context) => {
    const site = loadSite(args, context);
    if (site === undefined) return 2;
    const { host } = context;
    host.growHeap();
    const verification = verifySite(site);
    const failed = verification.expectations.filter(({ cell }) => cell.wrong !== undefined);
    const wrong = verification.rows.flatMap(({ cells }) => cells).filter((cell) => cell.wrong !== undefined);
    if (args.json === true) host.stdout.write(asJson(site, verification));
    else {
      host.stdout.write(formatVerification(verification, host.stdout.columns));
      printExpectations(site, failed, context);
      const last = verdict(verification, wrong.length, failed.length);
      host.stdout.write(`\n${lines(last, '', host.stdout.columns)}`);
    }
    return wrong.length + failed.length === 0 ? 0 : 1;
  },
};

function printExpectations(site: Site, failed: readonly CheckedExpectation[], context: Context): void {
  if (failed.length === 0) return;
  const { host, color } = context;
  const { sources } = readSiteHere(host, site.file);
  for (const one of failed) {
    const expectation = site.expect[one.at];
    if (expectation === undefined) continue;
    const down = expectation.down.length === 0 ? '' : ` with ${expectation.down.join(', ')} down`;
    const message = `expected exit ${expectation.exit}${down}: ${sayFailure(one.cell)}`;
    host.stdout.write(
      `\n${formatDiagnostic({ message, span: expectation.origin.span }, sources, { color })}\n`,
    );
    host.stdout.write(explain(site, one, sources, host.stdout.columns));
  }
}

/** What the flow does instead; what was asked for has been said. */
function sayFailure({ exits, instead = '' }: CheckedExpectation['cell']): string {
  if (exits.ways.length > 1) return `connections go by ${sayWays(exits.ways).replaceAll('+', ' and ')}`;
  return instead;
}

/** The trace of the first packet alone: it is what went elsewhere. */
function explain(site: Site, { flow, state }: CheckedExpectation, sources: Sources, width: number): string {
  const trace = traceFlow(state, flow.flow, { packets: ['P1'] });
  if (typeof trace === 'string') return `${trace}\n`;
  const wans = wansByDevice(site, state);
  const setting = { state, sources, wans, tableNames: tableNames(state), verbose: false, width };
  return `\n${formatTrace(trace, setting)}`;
}

function verdict(
  { states, rows, expectations, complete }: Verification,
  wrong: number,
  failed: number,
): string {
  const what = `${rows.length} flows in ${states.length} ${states.length === 1 ? 'state' : 'states'} of the WANs`;
  const scope = complete ? what : `${what} (not every set of failures: there are too many WANs)`;
  if (wrong + failed === 0)
    return `as the site asks: ${scope}, ${expectations.length} ${expectations.length === 1 ? 'expectation' : 'expectations'}`;
  const parts = [
    ...(wrong > 0 ? [`${wrong} ${wrong === 1 ? 'cell is' : 'cells are'} not as the site asks`] : []),
    ...(failed > 0 ? [`${failed} ${failed === 1 ? 'expectation fails' : 'expectations fail'}`] : []),
  ];
  return `${parts.join(', ')}: ${scope}`;
}

function asJson(site: Site, { states, complete, rows, expectations, untried }: Verification): string {
  const cells = rows.map((row) => ({
    kind: row.flow.kind,
    name: row.flow.label,
    label: labelOf(row),
    family: row.flow.family,
    flow: row.flow.flow,
    cells: row.cells.map(({ exits, wrong }, at) => ({
      down: states[at],
      exit: sayWays(exits.ways),
      ways: exits.ways,
      ...(wrong === undefined ? {} : { wrong }),
    })),
  }));
  const expected = expectations.map(({ at, flow, expected: wanted, cell }) => ({
    file: site.expect[at]?.origin.file,
    line: site.expect[at]?.origin.line,
    flow: flow.flow,
    down: site.expect[at]?.down,
    expected: sayExpected(wanted),
    exit: sayWays(cell.exits.ways),
    ...(cell.wrong === undefined ? {} : { wrong: cell.wrong }),
  }));
  return `${JSON.stringify({ complete, states, rows: cells, expectations: expected, untried }, null, 2)}\n`;
}
