import { StepFailure } from './step-failure.ts';

/** Of what a program said instead: enough to know it again. */
const SHOWN = 60;

/** A list that a program gave as JSON. */
export function readAnswer(program: string, text: string): readonly unknown[] {
  try {
    const answer: unknown = JSON.parse(text);
    if (Array.isArray(answer)) return answer;
  } catch {
    // As what is JSON, but no list.
  }
  throw noAnswer(program, text);
}

/** The failure of a program whose answer cannot be read. */
export function noAnswer(program: string, text: string): StepFailure {
  const [first = ''] = text.trim().split('\n');
  const said = first.length > SHOWN ? `${first.slice(0, SHOWN)}…` : first;
  return new StepFailure(program, `answered ${JSON.stringify(said)}, which is not the JSON it was asked for`);
}
