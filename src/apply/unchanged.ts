import { type Host, HostError } from '../host/host.ts';
import { type Applying, isRecorded } from './apply.ts';
import type { BackendChoice } from './backend.ts';
import type { FirstLook } from './first-look.ts';
import type { Machine } from './machine.ts';
import type { Wish } from './prepare.ts';
import { type Answer, askAgain, type RecordedHost, recordHost } from './recorded-host.ts';
import { removeRecord, statePath } from './state-dir.ts';

const RECORD = 'unchanged';

/** What a plan that changes nothing comes to. */
export type Outcome = Pick<Applying, 'changes' | 'resets' | 'choice'> & {
  readonly plan: Pick<Applying['plan'], 'warnings' | 'probed'>;
};

/** First line of the record; the answers follow it, one behind the other. */
interface Head {
  readonly version: 1;
  readonly program: string;
  /** What was asked for beside the site: the words of the call that decide. */
  readonly call: string;
  readonly choice: BackendChoice;
  readonly plan: Outcome['plan'];
  readonly questions: readonly (readonly [Answer['question'], Answer['argument'], number])[];
  readonly machine: readonly number[];
}

/** A plan under way whose questions are remembered. */
export interface Watched extends RecordedHost {
  readonly machine: Machine;
}

export function watchPlan(machine: Machine): Watched {
  const recorded = recordHost(machine.host);
  return { ...recorded, machine: { ...machine, host: recorded.host } };
}

/**
 * The outcome of the last plan that changed nothing, when everything it was made from is the same to the letter: the
 * program, the call, every file it read, and all that ip and nft said of the machine. A plan depends on nothing else,
 * so it would come to the same again. Undefined when anything differs.
 */
export async function recall(machine: Machine, asked: FirstLook, call: string): Promise<Outcome | undefined> {
  const { host } = machine;
  const record = readQuietly(host);
  const end = record?.indexOf('\n') ?? -1;
  if (record === undefined || end === -1) return undefined;
  const head = headOf(record.slice(0, end));
  if (head?.version !== 1 || head.program !== programOf(host) || head.call !== call) return undefined;
  let at = end + 1;
  const isNext = (text: string, length: number) => {
    const same = text.length === length && record.startsWith(text, at);
    at += length;
    return same;
  };
  for (const [question, argument, length] of head.questions)
    if (!isNext(askAgain(host, { question, argument }), length)) return undefined;
  const said = await textsOf(asked).catch(() => undefined);
  if (said === undefined || said.length !== head.machine.length) return undefined;
  for (const [place, text] of said.entries()) if (!isNext(text, head.machine[place] ?? -1)) return undefined;
  return { changes: [], resets: [], choice: head.choice, plan: head.plan };
}

/** Keeps a plan that changed nothing for `recall`. */
export async function remember(
  { host }: Machine,
  asked: FirstLook,
  call: string,
  watched: Watched,
  wish: Wish,
  applying: Applying,
): Promise<void> {
  const answers = watched.answers();
  const { changes, resets, choice, plan, history } = applying;
  if (answers === undefined || changes.length > 0 || resets.length > 0) return;
  if (history.journal !== undefined || !isRecorded(host, wish, applying)) return;
  const machine = await textsOf(asked);
  const head: Head = {
    version: 1,
    program: programOf(host),
    call,
    choice,
    plan: { warnings: plan.warnings, probed: plan.probed },
    questions: answers.map(({ question, argument, text }) => [question, argument, text.length]),
    machine: machine.map((text) => text.length),
  };
  const texts = [...answers.map(({ text }) => text), ...machine];
  try {
    host.writeFile(recordPath(host), `${JSON.stringify(head)}\n${texts.join('')}`, 0o600);
  } catch (error) {
    // It only makes the next run quicker.
    if (!(error instanceof HostError)) throw error;
  }
}

/** It names addresses of the inside, and is of no use to a machine without polywan's rules. */
export function forget(host: Host): void {
  removeRecord(host, RECORD);
}

/** All that ip and nft said, without what counts down: the readers do not look at it. */
async function textsOf(asked: FirstLook): Promise<readonly string[]> {
  const [routing, nft] = await Promise.all([Promise.all(asked.routing), asked.nft]);
  const texts = routing.flatMap(({ answers }) => answers.map(withoutTimes));
  return [...routing.map(({ family }) => family), ...texts, nft ?? ''];
}

function withoutTimes(text: string): string {
  return text.replaceAll(/"(valid_life_time|preferred_life_time|expires)":\d+/g, '"$1":0');
}

function recordPath(host: Host): string {
  return statePath(host, RECORD);
}

function readQuietly(host: Host): string | undefined {
  try {
    return host.readFile(recordPath(host));
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

/** Undefined where it is damaged: it only makes a run quicker. */
function headOf(line: string): Head | undefined {
  try {
    return JSON.parse(line) as Head;
  } catch {
    return undefined;
  }
}

/** Another build may see the same things another way. */
function programOf(host: Host): string {
  const words = host.self();
  return JSON.stringify([words, host.fileIdentity(words.at(-1) ?? '')]);
}
