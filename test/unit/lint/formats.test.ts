import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { formatReport, LINT_FORMATS, type LintFormat } from '../../../src/cli/format/lint/format-report.ts';
import type { LintReport } from '../../../src/cli/lint/report.ts';
import { CHECKS } from '../../../src/lint/checks.ts';
import { FINDING, NOTE, REPORT, RULES } from './sample-report.ts';

const PLAIN = { color: false, width: 80, folder: '/repository' };
const as = (format: LintFormat, report: LintReport = REPORT) => formatReport(report, format, PLAIN);

const NOTHING: LintReport = {
  ...REPORT,
  findings: [],
  suppressed: [],
  unreadable: [],
  notes: [],
  summary: { ...REPORT.summary, errors: 0, notes: 0, suppressed: 0, known: 0 },
};

describe('text', () => {
  it('tells where, what, the way there, who suffers, and the cure, in 80 columns', () => {
    expect(as('text')).toBe(TEXT);
  });

  it('fits every width that can be read, and loses nothing', () => {
    for (const width of [40, 57, 80, 133]) {
      const text = formatReport(REPORT, 'text', { color: false, width });
      // The cure is a rule: it keeps its line.
      const wide = text.split('\n').filter((line) => line.length > width && !line.includes('--save-mark'));
      expect(wide).toEqual([]);
      for (const word of FINDING.message.split(' ')) expect(text).toContain(word);
    }
  });

  it.each([
    [1, 'icmp'],
    [253, 'protocol 253'],
    ['udp', 'udp'],
  ])('names the protocol of a flow: %s', (protocol, name) => {
    const { flow: suffering } = FINDING;
    if (suffering === undefined) throw new Error('the sample has a flow');
    const flow = { ...suffering, flow: { ...suffering.flow, protocol } };
    const text = as('text', { ...NOTHING, findings: [{ ...FINDING, flow }] });
    expect(text).toContain(`flow:\n    ${name} `);
  });

  it.each(['$IPT -t mangle', '"$IPT"', 'sudo /sbin/iptables -t nat', '/sbin/ip6tables', '/bin/ip rule'])(
    'keeps the line of a command, however it is called: %s',
    (program) => {
      const line = `${program} -A PREROUTING -m connmark --mark 0x0/0xffffffff -j CHOOSE`;
      const report = { ...NOTHING, findings: [{ ...FINDING, cure: `do as this says:\n${line}` }] };
      expect(formatReport(report, 'text', { color: false, width: 40 }).split('\n')).toContain(`    ${line}`);
    },
  );

  it('shows the part of a long line that the finding is about', () => {
    const rule = `${'-A fast '.repeat(30)}-j MARK ${'--more '.repeat(30)}`;
    const start = rule.indexOf('MARK');
    const report = {
      ...NOTHING,
      findings: [{ ...NOTE, span: { file: 'long', start, end: start + 4 } }],
      sources: new Map([['long', rule]]),
    };
    const lines = formatReport(report, 'text', { color: false, width: 60 }).split('\n');
    const at = lines.findIndex((one) => /^ +\^~+$/.test(one));
    const [line = '', caret = ''] = lines.slice(at - 1, at + 1);
    expect(line.length).toBeLessThanOrEqual(60);
    expect(line.slice(caret.indexOf('^'), caret.length)).toBe('MARK');
    expect(line).toMatch(/^ {4}….*…$/);
  });

  it('colours only when asked to, and never lets a file’s own escapes through', () => {
    const coloured = formatReport(REPORT, 'text', { color: true, width: 80 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
    expect(coloured.replace(/\u001b\[[\d;]*m/g, '')).toBe(as('text'));
    expect(coloured).not.toBe(as('text'));
    for (const format of ['text', 'compact'] as const) expect(as(format)).not.toContain('\u001b');
  });

  it('says that nothing is wrong', () => {
    expect(as('text', NOTHING)).toBe('nothing wrong\n');
  });
});

describe('compact', () => {
  it('is one line each', () => {
    expect(as('compact')).toBe(
      'etc/rules.v4:7:1: error: connections marked 0x36 leave by wan1 until the first reply and by wan0 after it, which kills them [accept-before-save]\n' +
        'etc/rules.v4:6:41: note: a name with an escape: \ufffd[31mred [unknown-target]\n' +
        "etc/rules.v4:1:1: error: unknown table 'mangel'\n",
    );
    expect(as('compact', NOTHING)).toBe('');
  });
});

describe('github', () => {
  it('escapes what the runner would take apart', () => {
    const odd = {
      ...NOTE,
      message: '50%: a\nb\r',
      span: { file: '/repository/a,b:c.v4', start: 0, end: 9 },
      cure: '-A x',
    };
    const sources = new Map([['/repository/a,b:c.v4', 'one\ntwo\nthree\n']]);
    expect(as('github', { ...NOTHING, findings: [odd], sources })).toBe(
      '::notice file=a%2Cb%3Ac.v4,line=1,endLine=3,title=polywan unknown-target::50%25: a%0Ab%0D%0ACure: -A x\nnothing wrong\n',
    );
  });

  it('has an annotation for each finding and for what cannot be read', () => {
    const lines = as('github').split('\n');
    expect(lines[0]).toMatch(
      /^::error file=etc\/rules\.v4,line=7,endLine=7,col=1,endColumn=18,title=polywan accept-before-save::connections/,
    );
    expect(lines[2]).toMatch(/^::error file=etc\/rules\.v4,.*title=polywan cannot read this::unknown table/);
    expect(lines[3]).toBe('1 error, 1 note, 1 problem reading files; 1 suppressed, 2 in the baseline');
  });
});

describe('json', () => {
  it('has what the design promises', () => {
    const { findings, summary, suppressed, unreadable } = JSON.parse(as('json'));
    expect(findings[0]).toMatchObject({
      check: 'accept-before-save',
      severity: 'error',
      message: FINDING.message,
      file: 'etc/rules.v4',
      line: 7,
      column: 1,
      flow: {
        packets: [{ name: 'P1', mark: 0x36, exit: 'wan1' }, {}, {}, {}],
        otherwise: { when: 'without the ACCEPT', packets: [{ connmark: 0x36 }] },
      },
      cure: FINDING.cure,
      key: 'mangle fast ACCEPT',
      fixable: true,
    });
    expect(findings[0].path[1]).toEqual({
      file: 'etc/rules.v4',
      line: 6,
      rule: FINDING.path[1]?.rule,
      note: 'mark 0x0 -> 0x36',
    });
    expect(summary).toEqual(REPORT.summary);
    expect(suppressed[0]).toMatchObject({ suppressed: { by: 'comment', reason: 'the old box goes in May' } });
    expect(unreadable[0]).toMatchObject({ file: 'etc/rules.v4', line: 1 });
  });
});

interface Location {
  readonly physicalLocation?: { readonly region?: { readonly startLine: number } };
}

describe('sarif', () => {
  const schema = JSON.parse(
    readFileSync('node_modules/@microsoft/sarif-multitool-ts/assets/sarif-2.1.0.schema.json', 'utf8'),
  );
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const isValid = ajv.compile(schema);

  function valid(text: string) {
    const log = JSON.parse(text);
    isValid(log);
    expect(isValid.errors ?? []).toEqual([]);
    return log.runs[0];
  }

  it('is valid by the schema of the standard, whatever was found', () => {
    expect(isValid({ version: '2.1.0' })).toBe(false);
    valid(as('sarif', NOTHING));
    valid(as('sarif', { ...REPORT, sources: new Map() }));
    const everyCheck = CHECKS.map(({ id, severity }) => ({ ...FINDING, check: id, severity }));
    const run = valid(as('sarif', { ...NOTHING, findings: everyCheck }));
    expect(run.tool.driver.rules).toHaveLength(CHECKS.length);
    for (const rule of run.tool.driver.rules) {
      expect(rule.help.markdown).toContain('### Wrong');
      expect(rule).not.toHaveProperty('helpUri');
    }
  });

  it('leads through the rules to the finding', () => {
    const [result] = valid(as('sarif')).results;
    const [flow] = result.codeFlows;
    const steps = flow.threadFlows[0].locations.map((step: { location: Location }) => step.location);
    expect(steps.map((step: Location) => step.physicalLocation?.region?.startLine)).toEqual([4, 6, 7]);
    expect(flow.message.text).toContain('P1b');
    expect(flow.message.text).toContain('without the ACCEPT:');
    expect(result.properties).toMatchObject({ cure: FINDING.cure, flow: { packets: [{}, {}, {}, {}] } });
    expect(result.message.text).toContain(FINDING.cure);
    expect(result.fixes[0].artifactChanges[0].replacements[0].insertedContent.text).toBe('x\n');
  });

  it('tells the flow of a finding that has no rules on its way', () => {
    const [result] = valid(as('sarif', { ...NOTHING, findings: [{ ...FINDING, path: [] }] })).results;
    const [flow] = result.codeFlows;
    expect(flow.threadFlows[0].locations).toHaveLength(1);
    expect(flow.message.text).toContain('in by lan0');
  });

  it('counts columns in UTF-16 units, and names files relative to the repository', () => {
    const finding = { ...NOTE, span: { file: '/repository/a b/ü.v4', start: 3, end: 5 } };
    const sources = new Map([['/repository/a b/ü.v4', '😀 ab']]);
    const [result] = valid(as('sarif', { ...NOTHING, findings: [finding], sources })).results;
    const { artifactLocation, region } = result.locations[0].physicalLocation;
    expect(artifactLocation).toEqual({ uri: 'a%20b/%C3%BC.v4', uriBaseId: '%SRCROOT%' });
    expect(region).toEqual({ startLine: 1, startColumn: 4, endLine: 1, endColumn: 6 });
  });

  it('has fingerprints that stay when lines move', () => {
    const prints = (report: LintReport) =>
      valid(as('sarif', report)).results.map(
        (result: { partialFingerprints: unknown }) => result.partialFingerprints,
      );
    const moved = (finding: typeof FINDING) => ({
      ...finding,
      span: { ...finding.span, start: finding.span.start + 4, end: finding.span.end + 4 },
    });
    const later: LintReport = {
      ...REPORT,
      findings: REPORT.findings.map(moved),
      sources: new Map([['etc/rules.v4', `# x\n${RULES}`]]),
    };
    expect(prints(later)).toEqual(prints(REPORT));
    expect(prints(REPORT)[0]).toEqual({ 'polywan/v1': 'accept-before-save mangle fast ACCEPT' });
  });

  it('shows what is suppressed with its reason, and what could not be read', () => {
    const { results, invocations } = valid(as('sarif'));
    expect(results[2]).toMatchObject({
      ruleId: 'unknown-target',
      level: 'warning',
      suppressions: [{ kind: 'inSource', justification: 'the old box goes in May' }],
    });
    expect(invocations[0].executionSuccessful).toBe(false);
    expect(invocations[0].toolExecutionNotifications[0].message.text).toContain('mangel');
  });
});

it('every format ends its last line', () => {
  for (const format of LINT_FORMATS) expect(as(format)).toMatch(/\n$/);
});

const TEXT = `etc/rules.v4:7:1: error: connections marked 0x36 leave by wan1 until the first
  reply and by wan0 after it, which kills them [accept-before-save]
    -A fast -j ACCEPT
    ^~~~~~~~~~~~~~~~~
  way there:
    :4  -A PREROUTING -i lan0 -j fast
    :6  -A fast -m comment --comment "für 100% alle: a,b" -j MARK --set-xmark
        0x36/0xff (mark 0x0 -> 0x36)
    :7  -A fast -j ACCEPT (ends the table)
  flow:
    tcp 192.0.2.10:40000 -> 203.0.113.9:443, in by lan0, with mark 0x100
    when the connection is new
         mark  connmark  exit
    P1   0x36  0x0       wan1
    P1b  0x36  0x0       wan1
    R    0x0   0x0       lan0
    P3   0x3?  none      wan0
    without the ACCEPT:
        mark  connmark  exit
    P1  0x36  0x36      wan1
  assumed:
    marks under 0xff choose the WAN: no policy rules were given
  cure:
    -A fast -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff

etc/rules.v4:6:41: note: a name with an escape: \ufffd[31mred [unknown-target]
    -A fast -m comment --comment "für 100% alle: a,b" -j MARK --set-xmark 0x36/…
                                           ^~~~

1 error, 1 note, 1 problem reading files; 1 suppressed, 2 in the baseline
`;
