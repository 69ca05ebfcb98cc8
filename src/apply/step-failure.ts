import { Refusal } from './refusal.ts';

/** A tool refused one step; the transaction it stood in, if any, goes back. */
export class StepFailure extends Refusal {
  /** What was to be done, as a person reads it. */
  readonly step: string;
  /** What the tool said about it, without its own noise. */
  readonly said: string;
  constructor(step: string, said: string) {
    super(`${step}: ${said}`);
    this.name = 'StepFailure';
    this.step = step;
    this.said = said;
  }
}
