import type { Edit, Finding, PathStep, SufferingFlow } from '../../../lint/finding.ts';
import { flowTable, flowWords } from './flow-words.ts';
import { type SarifPlaces, sarifFile, sarifLocation, sarifRegion } from './sarif-location.ts';

export interface SarifSetting {
  readonly place: SarifPlaces;
  readonly ruleIndex: ReadonlyMap<string, number>;
}

/** One finding: its path is a codeFlow, its meaning the fingerprint, so that it stays the same when lines move. */
export function sarifResult(finding: Finding, { place, ruleIndex }: SarifSetting) {
  const { check, severity, message, span, path, flow, cure, assumed, fix, key } = finding;
  const steps = threadSteps(finding);
  return {
    ruleId: check,
    ruleIndex: ruleIndex.get(check) ?? -1,
    level: severity,
    message: { text: cure === undefined ? message : `${message}\nCure: ${cure}` },
    locations: [{ physicalLocation: sarifLocation(span, place) }],
    partialFingerprints: { 'polywan/v1': `${check} ${key}` },
    // A flow without rules on its way is told at the place itself.
    ...(path.length === 0 && flow === undefined ? {} : { codeFlows: [codeFlow(steps, flow, place)] }),
    ...(fix === undefined || fix.length === 0 ? {} : { fixes: [sarifFix(fix, place)] }),
    properties: {
      ...(flow === undefined ? {} : { flow }),
      ...(assumed === undefined || assumed.length === 0 ? {} : { assumed }),
      ...(cure === undefined ? {} : { cure }),
    },
  };
}

/** A viewer takes the last step for the place of the result. */
function threadSteps({ path, span, message }: Finding): readonly PathStep[] {
  const last = path.at(-1)?.span;
  const ends = last?.file === span.file && last.start === span.start;
  return ends ? path : [...path, { span, rule: message }];
}

function codeFlow(steps: readonly PathStep[], flow: SufferingFlow | undefined, place: SarifPlaces) {
  const locations = steps.map(({ span, rule, note }) => ({
    location: {
      ...(span === undefined ? {} : { physicalLocation: sarifLocation(span, place) }),
      message: { text: note === undefined ? rule : `${rule} (${note})` },
    },
  }));
  return {
    ...(flow === undefined ? {} : { message: { text: storyOf(flow) } }),
    threadFlows: [{ locations }],
  };
}

/** The table has its own line breaks. */
const WIDE = 1000;

function storyOf(flow: SufferingFlow): string {
  return [flowWords(flow), ...flow.conditions, flowTable(flow, WIDE).trimEnd()].join('\n');
}

function sarifFix(edits: readonly Edit[], place: SarifPlaces) {
  const files = [...new Set(edits.map(({ span }) => span.file))];
  return {
    description: { text: 'What polywan lint --fix would write.' },
    artifactChanges: files.map((file) => ({
      artifactLocation: sarifFile(file, place),
      replacements: edits
        .filter(({ span }) => span.file === file)
        .map(({ span, text }) => ({
          deletedRegion: sarifRegion(span, place) ?? {},
          insertedContent: { text },
        })),
    })),
  };
}
