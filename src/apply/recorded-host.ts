import type { Host, Output } from '../host/host.ts';

/** One question to the host and what it answered, both as text. */
export interface Answer {
  readonly question: Question;
  readonly argument: string | number;
  readonly text: string;
}

export type Question = 'readFile' | 'listDirectory' | 'listEntries' | 'fileIdentity' | 'env' | 'processStart';

export interface RecordedHost {
  readonly host: Host;
  /** All it was asked; undefined when it was asked or told anything that cannot be asked again for comparison. */
  readonly answers: () => readonly Answer[] | undefined;
}

/** Of these nothing that is worked out depends. */
const HARMLESS: ReadonlySet<string> = new Set(['resolvePath', 'after', 'onSignal']);

/** A host that remembers what it was asked. What it does not know how to ask again, whatever it is, spoils the record. */
export function recordHost(host: Host): RecordedHost {
  const answers: Answer[] = [];
  let spoilt = false;
  const spoiling = <A extends unknown[], R>(ask: (...args: A) => R) => {
    return (...args: A): R => {
      spoilt = true;
      return ask(...args);
    };
  };
  const recorded = <T extends string | number, R>(question: Question, ask: (argument: T) => R) => {
    return (argument: T): R => {
      // What throws is not remembered, either.
      const was = spoilt;
      spoilt = true;
      const answer = ask(argument);
      spoilt = was;
      answers.push({ question, argument, text: asText(answer) });
      return answer;
    };
  };
  const output = (real: Output): Output => ({
    get isTerminal() {
      return real.isTerminal;
    },
    get columns() {
      return real.columns;
    },
    write: spoiling((text: string) => real.write(text)),
  });
  const others = Object.entries(host).map(([name, member]) => [
    name,
    typeof member === 'function' && !HARMLESS.has(name) ? spoiling(member) : member,
  ]);
  return {
    host: {
      ...(Object.fromEntries(others) as Host),
      readFile: recorded('readFile', host.readFile),
      listDirectory: recorded('listDirectory', host.listDirectory),
      listEntries: recorded('listEntries', host.listEntries),
      fileIdentity: recorded('fileIdentity', host.fileIdentity),
      env: recorded('env', host.env),
      processStart: recorded('processStart', host.processStart),
      stdout: output(host.stdout),
      stderr: output(host.stderr),
    },
    answers: () => (spoilt ? undefined : answers),
  };
}

/** What the host answers to a question of a record now. */
export function askAgain(host: Host, { question, argument }: Pick<Answer, 'question' | 'argument'>): string {
  if (question === 'processStart') return asText(host.processStart(Number(argument)));
  return asText(host[question](String(argument)));
}

/** The first sign tells apart what is absent, a text, and a value. */
function asText(answer: unknown): string {
  if (answer === undefined) return '-';
  return typeof answer === 'string' ? `=${answer}` : `#${JSON.stringify(answer)}`;
}
