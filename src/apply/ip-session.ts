import type { Conversation, Host } from '../host/host.ts';
import { lineSplitter } from '../host/line-splitter.ts';
import { type Family, ipVersion } from '../net/family.ts';
import { type DeviceNames, deviceNames } from './device-names.ts';
import { inTime } from './in-time.ts';
import { isDenied, missingProgram, runAsRoot } from './pipe.ts';
import { Refusal } from './refusal.ts';
import { StepFailure } from './step-failure.ts';

/** Asks and changes routes and policy rules of one family through one `ip -batch -` that stays. */
export interface IpSession {
  /**
   * One answer, a JSON text, for each `… show` line, in order. Who asks for routes by devices asks for `LINKS` before: they
   * are told by the names the devices have now.
   */
  ask(lines: readonly string[]): Promise<readonly string[]>;
  /** Runs lines that answer nothing. With `goneIsFine` an object that is not there any more counts as deleted. */
  change(lines: readonly string[], goneIsFine?: boolean): Promise<void>;
  close(): void;
}

export const LINKS = 'link show';

/** Answers one short line, so that an answer to it says that all lines before it are done. */
const BARRIER = 'link show dev lo';

/** What `ip` says when somebody else was faster, or the device took its routes along. */
const GONE = /No such file or directory|No such process|Cannot find device|No such device/;

export function openIpSession(host: Host, family: Family): IpSession {
  /** Starts with the first lines, and anew after a failure, which ends it, and where devices have other names. */
  let child: Child | undefined;
  /** Until it is answered; who asks meanwhile, as on the way back from a failure, has to wait. */
  let last: Promise<void> | undefined;
  const sendNow: Child['send'] = async (lines, count) => {
    child ??= startChild(host, family);
    const asked = child;
    const answers = await asked.send(lines, count).catch((error: unknown) => {
      child = undefined;
      throw error;
    });
    const links = answers[lines.indexOf(LINKS)];
    if (links === undefined || !asked.names.areOther(links)) return answers;
    asked.close();
    child = undefined;
    return sendNow(lines, count);
  };
  const send: Child['send'] = (lines, count) => {
    const answer = last === undefined ? sendNow(lines, count) : last.then(() => sendNow(lines, count));
    const done = (): void => {
      if (last === settled) last = undefined;
    };
    const settled: Promise<void> = answer.then(done, done);
    last = settled;
    return answer;
  };
  return {
    ask: (lines) => send(lines, lines.length),
    change: async (lines, goneIsFine = false) => {
      let rest = lines;
      while (rest.length > 0) {
        const failure = await send([...rest, BARRIER], 1).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure === undefined) return;
        const at =
          failure instanceof LineFailure && GONE.test(failure.said) ? rest.indexOf(failure.line) : -1;
        if (at === -1 || !goneIsFine) throw failure;
        rest = rest.slice(at + 1);
      }
    },
    close: () => child?.close(),
  };
}

class LineFailure extends StepFailure {
  readonly line: string;
  constructor(family: Family, line: string, said: string) {
    super(`ip -${ipVersion(family)} ${line}`, said);
    this.line = line;
  }
}

interface Waiting {
  readonly count: number;
  readonly resolve: (answers: readonly string[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Child {
  /** As it may know them. */
  readonly names: DeviceNames;
  send(lines: readonly string[], answers: number): Promise<readonly string[]>;
  close(): void;
}

/** -N: numbers for tables and protocols, whatever names rt_tables has. ip writes each answer out as one line at once. */
function startChild(host: Host, family: Family): Child {
  const version = ipVersion(family);
  const talk = host.converse('ip', ['-N', '-j', `-${version}`, '-batch', '-']);
  // ip counts from its first line on, and a monitor asks for months: lines that were answered are counted, not kept.
  let answered = 0;
  let sent: readonly string[] = [];
  const failureOf = (number: string | undefined, said: string): StepFailure => {
    if (number === undefined) return new StepFailure(`ip -${version} ${firstOf(sent)}`, said);
    return new LineFailure(family, sent[Number(number) - 1 - answered] ?? '', said);
  };
  let waiting: Waiting | undefined;
  let death: { readonly error: unknown } | undefined;
  let answers: string[] = [];
  const linesOf = lineSplitter();
  talk.onOutput((chunk) => {
    for (const line of linesOf(chunk)) if (line.trim() !== '') answers.push(line);
    if (waiting === undefined || answers.length < waiting.count) return;
    const { resolve } = waiting;
    const complete = answers;
    waiting = undefined;
    answers = [];
    resolve(complete);
  });
  void failWhenEnded(talk, failureOf, (error) => {
    death = { error };
    waiting?.reject(error);
  });
  return {
    names: deviceNames(),
    send: (lines, count) => {
      const answer = new Promise<readonly string[]>((resolve, reject) => {
        if (death !== undefined) return reject(death.error);
        waiting = { count, resolve, reject };
        answered += sent.length;
        sent = lines;
        talk.write(`${lines.join('\n')}\n`);
      });
      return inTime(host, `ip -${version} (${lines[0]} …)`, talk, answer);
    },
    close: () => void talk.end(),
  };
}

/** ip says in which line a command failed, but not in which one it does not know a word: the first may be the one. */
function firstOf(lines: readonly string[]): string {
  const [first = '', ...others] = lines.filter((line) => line !== BARRIER);
  return others.length === 0 ? first : `${first} (or a line behind it)`;
}

async function failWhenEnded(
  talk: Conversation,
  failureOf: (line: string | undefined, said: string) => StepFailure,
  reject: (error: unknown) => void,
): Promise<void> {
  const { missing, stderr, signal } = await talk.ended;
  if (missing === true) return reject(new Refusal(missingProgram('ip')));
  const number = /Command failed -:(\d+)/.exec(stderr)?.[1];
  const noise = /^Command failed.*$|^RTNETLINK answers: |^Error: /gm;
  const said = stderr.replaceAll(noise, '').trim().replaceAll('\n', '; ') || `ended by ${signal ?? 'itself'}`;
  reject(isDenied(said) ? new Refusal(runAsRoot('ip', said)) : failureOf(number, said));
}
