import type { Host } from '../../host/host.ts';
import { applyEdits } from '../../lint/apply-edits.ts';
import { chooseFixes } from '../../lint/choose-fixes.ts';
import type { Finding } from '../../lint/finding.ts';
import type { LintReport } from './report.ts';

/** What fixing would make of the files; nothing is written. */
export interface TriedFixes {
  /** Texts of the files that change, before and after. */
  readonly changed: readonly { readonly file: string; readonly before: string; readonly after: string }[];
  /** Findings whose cure was tried and did not hold: it left the finding, or made another. */
  readonly refused: readonly Finding[];
  /** The machine with the files as they would be. */
  readonly host: Host;
}

/** A cure may uncover the next; more than this is a circle. */
const MOST_ROUNDS = 10;

/** What lint says, all notes included, of the files that this host reads. */
export type Relint = (host: Host) => Promise<LintReport>;

interface Stand {
  readonly texts: ReadonlyMap<string, string>;
  readonly report: LintReport;
}

/**
 * Makes the certain cures one after the other and lints again each time: a cure stays only if its finding goes and no
 * other comes.
 */
export async function tryFixes(host: Host, relint: Relint): Promise<TriedFixes> {
  const report = await relint(host);
  const refused = new Map<string, Finding>();
  let stand: Stand = { texts: new Map(), report };
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const open = stand.report.findings.filter(
      (one) => isCurable(one, stand.report) && !refused.has(identity(one)),
    );
    const { chosen } = chooseFixes(open);
    if (chosen.length === 0) break;
    stand = await oneRound(host, relint, stand, chosen, refused);
  }
  const changed = [...stand.texts].map(([file, after]) => ({
    file,
    before: report.sources.get(file) ?? '',
    after,
  }));
  return { changed, refused: [...refused.values()], host: withTexts(host, stand.texts) };
}

/** All at once, which is quick; where that does not hold, one after the other. */
async function oneRound(
  host: Host,
  relint: Relint,
  stand: Stand,
  chosen: readonly Finding[],
  refused: Map<string, Finding>,
): Promise<Stand> {
  const together = await attempt(host, relint, stand, chosen);
  if (together !== undefined) return together;
  let now = stand;
  for (const finding of chosen) {
    // The cure before it may have moved it, or cured it as well.
    const still = now.report.findings.filter((one) => identity(one) === identity(finding));
    const [first] = chosen.length === 1 ? [] : still.filter((one) => isCurable(one, now.report));
    const next = first === undefined ? undefined : await attempt(host, relint, now, [first]);
    if (next !== undefined) now = next;
    else if (still.length > 0) refused.set(identity(finding), finding);
  }
  return now;
}

/** A mask that is added to a rule may show that another lacks it: so deep a cure may need the next. */
const DEEPEST = 3;

/** The stand with these cures made, and with those they call for; undefined where that does not hold. */
async function attempt(
  host: Host,
  relint: Relint,
  stand: Stand,
  chosen: readonly Finding[],
): Promise<Stand | undefined> {
  const before = new Set(stand.report.findings.map(identity));
  let now = stand;
  let wanted = chosen;
  for (let depth = 0; depth < DEEPEST && wanted.length > 0; depth += 1) {
    const { edits } = chooseFixes(wanted);
    const texts = new Map([...now.texts, ...applyEdits(now.report.sources, edits)]);
    const report = await relint(withTexts(host, texts));
    now = { texts, report };
    if (holds(stand.report, report, chosen)) return now;
    const fresh = report.findings.filter((one) => !before.has(identity(one)));
    wanted = fresh.every((one) => isCurable(one, report)) ? fresh : [];
  }
  return undefined;
}

/** The files as they would be. */
function withTexts(host: Host, texts: ReadonlyMap<string, string>): Host {
  const byPath = new Map([...texts].map(([file, text]) => [host.resolvePath(file), text]));
  return {
    ...host,
    readFile: (path) => byPath.get(host.resolvePath(path)) ?? host.readFile(path),
    // Programs would find another text there, and so are not sent to the file.
    fileIdentity: (path) => (byPath.has(host.resolvePath(path)) ? undefined : host.fileIdentity(path)),
  };
}

/** Every cured finding is gone, of no check there are more than before, and everything can still be read. */
function holds(before: LintReport, after: LintReport, cured: readonly Finding[]): boolean {
  if (after.unreadable.length > before.unreadable.length) return false;
  const identities = [counts(before.findings, identity), counts(after.findings, identity)] as const;
  const checks = [counts(before.findings, nameOf), counts(after.findings, nameOf)] as const;
  const gone = counts(cured, identity);
  for (const [key, count] of gone)
    if ((identities[1].get(key) ?? 0) > (identities[0].get(key) ?? 0) - count) return false;
  for (const [check, count] of counts(cured, nameOf))
    if ((checks[1].get(check) ?? 0) > (checks[0].get(check) ?? 0) - count) return false;
  return [...checks[1]].every(([check, count]) => count <= (checks[0].get(check) ?? 0));
}

function counts(
  findings: readonly Finding[],
  name: (finding: Finding) => string,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const finding of findings) found.set(name(finding), (found.get(name(finding)) ?? 0) + 1);
  return found;
}

function identity({ check, span, key }: Finding): string {
  return JSON.stringify([check, span.file, key]);
}

/** A check may find a thing graver than before: that is another finding. */
function nameOf({ check, severity }: Finding): string {
  return `${check} ${severity}`;
}

/** Every edit is in a file that a person wrote, and that can be written again as it was read. */
function isCurable({ fix = [] }: Finding, { sources }: LintReport): boolean {
  return fix.length > 0 && fix.every(({ span }) => isText(sources.get(span.file)));
}

/** A snapshot and other JSON are records; a file that is not UTF-8 would be changed where nobody looks. */
function isText(text: string | undefined): boolean {
  return text !== undefined && !/^\s*[[{]/.test(text) && !text.includes('\ufffd');
}
