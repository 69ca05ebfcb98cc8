/**
 * The machine refused, or is not in a state to be changed: the one sentence for its user. Only `src/cli` turns it into
 * words and an exit code (3); everything between lets it pass, so that no half-done work is reported as done.
 */
export class Refusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refusal';
  }
}
