/** A variable of the environment that means nothing: the user's mistake, so that `main` exits with 2. */
export class WrongVariable extends Error {
  constructor(name: string, value: string, cure: string) {
    super(`${name} is ${value}; ${cure}`);
    this.name = 'WrongVariable';
  }
}
